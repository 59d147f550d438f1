#include "domain/billing.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using namespace std::chrono;
using enum billing_type;
using s = ticket_source;
using t = ticket_type;

constexpr sys_days today = 2026y / November / 21;
const guarantee_terms lawley{"LAW", 90, {t::fault, t::build}};
const billing_contract acme{7, "K-7"};

struct example {
  const char* what;
  s source;
  t type;
  bool has_client;
  std::optional<sys_days> installed_on;
  const guarantee_terms* guarantee;
  const billing_contract* contract;
  billing_type wanted;
  const char* reason;
};

const example examples[] = {
    {"our own work",
     s::ff_internal,
     t::fault,
     false,
     {},
     nullptr,
     nullptr,
     internal,
     "internal work without a client"},
    {"our own work at a guaranteed drop", s::preventative, t::fault, false, today, &lawley, nullptr,
     internal, "preventative work without a client"},
    {"the office's work for a client",
     s::ff_internal,
     t::fault,
     true,
     {},
     nullptr,
     nullptr,
     billable,
     "no guarantee of a project; the client has no contract in force"},
    {"the guarantee's last day", s::wa_inbound, t::fault, true, today - days{90}, &lawley, &acme,
     guarantee, "installed on 2026-08-23, guaranteed by project LAW for 90 days, until 2026-11-21"},
    {"the day after it", s::wa_inbound, t::fault, true, today - days{91}, &lawley, nullptr,
     billable,
     "the guarantee of project LAW ended on 2026-11-20; the client has no contract in force"},
    {"work the guarantee does not cover", s::wa_inbound, t::infrastructure, false, today, &lawley,
     nullptr, billable, "the guarantee of project LAW does not cover infrastructure; no client"},
    {"an unknown install date",
     s::wa_inbound,
     t::fault,
     false,
     {},
     &lawley,
     nullptr,
     billable,
     "the guarantee of project LAW needs an install date; no client"},
    {"a contract after the guarantee", s::email, t::fault, true, today - days{400}, &lawley, &acme,
     sla, "contract K-7 is in force"},
    {"a contract alone",
     s::qcontact,
     t::adhoc,
     true,
     {},
     nullptr,
     &acme,
     sla,
     "contract K-7 is in force"},
    {"installed in the future", s::construction, t::build, false, today + days{3}, &lawley, nullptr,
     billable, "not installed before 2026-11-24; no client"},
};

TEST(Billing, GoesByTheFirstThatHoldsAndSaysWhy) {
  for (const example& e : examples) {
    const billing_verdict v =
        classify({e.source, e.type, e.has_client, e.installed_on, e.guarantee, e.contract, today});
    EXPECT_EQ(v.type, e.wanted) << e.what;
    EXPECT_EQ(v.reason, e.reason) << e.what;
    EXPECT_EQ(v.contract_id, e.wanted == sla ? 7 : 0) << e.what;
    const bool is_covered = e.guarantee && e.installed_on && *e.installed_on <= today &&
                            e.type != t::infrastructure && e.wanted != internal;
    EXPECT_EQ(v.guarantee_until.has_value(), is_covered) << e.what;
  }
}

TEST(Billing, HasANameForEachType) {
  for (const std::string_view name : billing_type_names())
    EXPECT_EQ(name_of(*billing_type_from(name)), name);
  EXPECT_FALSE(billing_type_from("free"));
}

TEST(Billing, NotesAChangeOfATicketOnceAndNothingWhenAllIsAsItWas) {
  ticket_record ticket;
  ticket_draft draft(ticket);
  const billing_verdict under_contract =
      classify({s::email, t::fault, true, {}, nullptr, &acme, today});
  bill(draft, under_contract);
  ASSERT_EQ(draft.entries().size(), 1U);
  EXPECT_EQ(draft.entries()[0].action, "billing");
  EXPECT_EQ(draft.entries()[0].old_value, "");
  EXPECT_EQ(draft.entries()[0].new_value, "sla (contract K-7 is in force)");
  EXPECT_EQ(at(ticket.values, field::contract_id), "7");
  bill(draft, under_contract);
  EXPECT_EQ(draft.entries().size(), 1U);
  bill(draft, classify({s::email, t::fault, true, today, &lawley, &acme, today}));
  ASSERT_EQ(draft.entries().size(), 2U);
  EXPECT_EQ(draft.entries()[1].old_value, "sla");
  EXPECT_EQ(at(ticket.values, field::guarantee_until), "2027-02-19");
  EXPECT_EQ(at(ticket.values, field::contract_id), std::nullopt);
}

TEST(Billing, ConcernsOnlyChangesOfWhatItLooksAt) {
  const auto concerns = [](const char* field) {
    const change_entry e{"field", field, "a", "b"};
    return concerns_billing({&e, 1});
  };
  for (const char* field : {"type", "client_id", "project_id", "install_date"})
    EXPECT_TRUE(concerns(field)) << field;
  for (const char* field : {"title", "status", "drop_number", "priority"})
    EXPECT_FALSE(concerns(field)) << field;
  const auto moves = [](const char* from, const char* to) {
    const change_entry e{"status", "status", from, to};
    return concerns_billing({&e, 1});
  };
  EXPECT_TRUE(moves("closed", "new"));
  EXPECT_TRUE(moves("resolved", "in_progress"));
  EXPECT_FALSE(moves("resolved", "closed"));
  EXPECT_FALSE(moves("in_progress", "resolved"));
}

}  // namespace
}  // namespace fibrehub::domain
