// What a channel's new ticket takes over from the drop it is about.
#include <gtest/gtest.h>

#include "store/ingest/intake.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

ingest message(const std::string& id, const std::string& text) {
  domain::chat_message m;
  m.session = "default";
  m.chat = id + "@c.us";
  m.message_id = id;
  m.author = m.chat;
  m.sent_at = domain::from_us(1'795'000'000'000'000);
  m.type = "text";
  m.text = text;
  ingest out;
  out.source = "waha";
  out.channel = "main";
  out.ext_id = id;
  out.event = "message.any";
  out.headers_json = "{}";
  out.fingerprint = std::string(16, 'f');
  out.received_at = m.sent_at;
  out.what = m;
  return out;
}

constexpr const char* network = R"(
WITH client AS (INSERT INTO clients (code, name) VALUES ('C1', 'Acme') RETURNING id),
project AS (INSERT INTO projects (code, name, client_id) SELECT 'P1', 'Lawley', id FROM client RETURNING id),
pole AS (INSERT INTO poles (code, project_id, zone) SELECT 'PO1', id, 'Zone A' FROM project RETURNING id),
contractor AS (INSERT INTO contractors (code, name) VALUES ('K1', 'Splice & Co') RETURNING id)
INSERT INTO drops (code, pole_id, contractor_id, pon, address, install_date, latitude, longitude)
SELECT '1730654', pole.id, contractor.id, 'PON-7', '213 Vygie Crescent', '2025-03-14', -26.2041, 28.0473
FROM pole, contractor RETURNING code)";

TEST(DropPlace, FillsTheTicketsOfKnownDropsAndFlagsUnknownOnes) {
  const fixtures::temporary_database db;
  db.ask(network);
  hub_session session(db.options(), std::nullopt);
  intake taking{intake_rules{}};
  const std::vector<ingest> items{message("A1", "DR1730654 is down"), message("A2", "DR99 is down"),
                                  message("A3", "no internet")};
  for (const auto& result : taking.apply(session, items).results)
    ASSERT_TRUE(result);
  EXPECT_EQ(db.ask("SELECT concat_ws('|', p.code, o.code, k.code, c.code, t.zone, t.pon, t.address,"
                   " t.install_date, t.latitude, t.longitude, t.drop_known) FROM tickets t"
                   " JOIN projects p ON p.id = t.project_id JOIN poles o ON o.id = t.pole_id"
                   " JOIN contractors k ON k.id = t.contractor_id"
                   " JOIN clients c ON c.id = t.client_id"),
            "P1|PO1|K1|C1|Zone A|PON-7|213 Vygie Crescent|2025-03-14|-26.20410000|28.04730000|t");
  EXPECT_EQ(
      db.ask("SELECT concat(drop_known, '|', project_id, '|', zone, '|', address, '|',"
             " latitude) FROM tickets WHERE drop_number IS DISTINCT FROM '1730654' ORDER BY id"),
      "f||||\n||||");
}

TEST(DropPlace, LeavesAnEmptyFieldOfTheDropEmpty) {
  const fixtures::temporary_database db;
  db.ask("INSERT INTO drops (code) VALUES ('5') RETURNING code");
  hub_session session(db.options(), std::nullopt);
  intake taking{intake_rules{}};
  const std::vector<ingest> items{message("A1", "DR5 is down")};
  ASSERT_TRUE(taking.apply(session, items).results[0]);
  EXPECT_EQ(
      db.ask("SELECT concat(drop_known, zone IS NULL, pon IS NULL, address IS NULL) FROM tickets"),
      "tttt");
}

TEST(DropPlace, LetsTheClientOfTheDropHearOfItsTickets) {
  const fixtures::temporary_database db;
  db.ask(network);
  hub_session session(db.options(), std::nullopt);
  domain::principal client;
  client.as = domain::role::client;
  client.client_id = std::stoll(db.ask("SELECT id FROM clients"));
  domain::principal other = client;
  ++other.client_id;
  std::optional<intake> taking(std::in_place, intake_rules{});
  const auto hears_of = [&](const char* id, const char* text) {
    ingest one = message(id, text);
    std::get<domain::chat_message>(one.what).chat = "1@c.us";
    const auto out = taking->apply(session, std::vector<ingest>{one});
    EXPECT_EQ(out.events.size(), 1U);
    EXPECT_EQ(domain::hears(other, out.events.at(0).access), domain::hearing::nothing);
    return domain::hears(client, out.events.at(0).access) == domain::hearing::outside;
  };
  EXPECT_TRUE(hears_of("A1", "DR1730654 is down")) << "a new ticket";
  EXPECT_TRUE(hears_of("A2", "still down")) << "as remembered";
  taking.emplace(intake_rules{});
  EXPECT_TRUE(hears_of("A3", "still")) << "as loaded";
}

}  // namespace
}  // namespace fibrehub::store
