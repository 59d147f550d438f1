#include "peers/case_traffic.hpp"

namespace fibrehub::peers {

namespace {

struct fault_text {
  std::string_view subject;
  std::string_view description;
};

constexpr std::array<fault_text, 12> faults{{
    {"{} - No Light / LOS - {}", "Customer reports LOS red since {}. ONT rebooted, no change."},
    {"{} - No Connectivity - {}", "ONT online, no IP address. PPPoE fails since {}."},
    {"{} - Intermittent connection - {}", "Line drops several times a day, worse since {}."},
    {"{} - Drop cable damaged - {}", "Cable torn down by a vehicle at about {}. Hanging low."},
    {"{} - Slow speed - {}", "Speed test 3/2 Mbps on a 50 Mbps line at {}."},
    {"{} - High attenuation - {}", "Rx power -29.4 dBm measured at {}. Clean and re-splice."},
    {"{} - ONT faulty - {}", "No power light, adapter swapped at {}. Replace the ONT."},
    {"{} - Pole down - {}", "Pole snapped, several drops affected. Reported at {}."},
    {"{} - Relocation of ONT - {}", "Customer asks to move the ONT to the lounge. Call after {}."},
    {"{} - Dome vandalised - {}", "Dome opened and fibres cut, seen at {} by the patrol."},
    {"{} - Repeat fault - {}", "Third visit in 30 days. Escalated by the customer at {}."},
    {"{} - Incorrect drop label - {}", "Label at the house differs from the record, seen at {}."},
}};

constexpr std::array<std::string_view, 7> comments{
    "Customer phoned again, asks for an ETA.",
    "Customer confirmed the light is still red.",
    "Please prioritise, SASSA pay point.",
    "Customer will be home after 15:00.",
    "NOC: ONT last seen 04:12, Rx power -40 dBm.",
    "Customer reports the service is restored, please confirm the light level.",
    "Access arranged with the landlord."};

constexpr std::array<std::string_view, 4> assignees{"Velocity", "Velocity Team A",
                                                    "Velocity Team B", ""};

}  // namespace

case_traffic::case_traffic(std::uint64_t seed, std::string queue, case_store& cases)
    : random_(seed ^ 0x64657368ULL),
      queue_(std::move(queue)),
      cases_(cases),
      cast_(make_cast(seed)) {}

void case_traffic::open_case(std::int64_t at_s) {
  const fault_text& fault = random_.pick(faults);
  const auto who = static_cast<std::size_t>(random_.below(cast_.customers.size()));
  const person& customer = cast_.customers[who];
  const drop_point& drop = cast_.drops[who];
  const std::string seen = fmt::format("{:02}:{:02}", 5 + random_.below(14), random_.below(12) * 5);
  cases_.create({{"subject", fmt::format(fmt::runtime(fault.subject), drop.number, drop.address)},
                 {"description", fmt::format(fmt::runtime(fault.description), seen)},
                 {"status", random_.percent(85) ? "Open" : "In Progress"},
                 {"priority", random_.percent(60) ? "Medium" : random_.pick(case_priorities)},
                 {"queue", random_.percent(85) ? queue_ : "Installations - Other"},
                 {"assigned_to", std::string(random_.pick(assignees))},
                 {"customer_name", customer.name},
                 {"customer_phone", "+" + customer.phone},
                 {"customer_email", ""},
                 {"address", drop.address},
                 {"drop_number", random_.percent(90) ? drop.number : ""},
                 {"channel", random_.percent(70) ? "Call Centre" : "WhatsApp"},
                 {"external_reference", fmt::format("FTM-{}", 40'000 + random_.below(20'000))}},
                at_s);
}

void case_traffic::populate(int count, std::int64_t now_s) {
  std::int64_t at_s = now_s - std::int64_t{count} * 1800;
  for (int i = 0; i < count; ++i) {
    open_case(at_s);
    // Every fourth shares its second with the one before.
    if (i % 4 != 0) at_s += random_.between(600, 2400);
  }
  for (int i = 0; i < count; ++i)
    touch(std::min(now_s, at_s) - random_.between(0, 3600));
}

maintenance_case* case_traffic::pick_live() {
  std::vector<std::int64_t> live;
  for (const auto& [id, c] : cases_.all()) {
    if (c.text("queue") == queue_ && c.text("status") != "Closed") live.push_back(id);
  }
  return live.empty() ? nullptr : cases_.find(random_.pick(live));
}

void case_traffic::touch(std::int64_t now_s) {
  maintenance_case* c = pick_live();
  if (c == nullptr) return;
  const auto roll = random_.below(100);
  if (roll < 45) {
    const std::string status = c->text("status");
    std::string next = "In Progress";
    if (status == "In Progress") next = random_.percent(35) ? "Pending" : "Resolved";
    if (status == "Resolved") next = random_.percent(80) ? "Closed" : "In Progress";
    cases_.change(*c, {{"status", next}}, "desk", now_s);
  } else if (roll < 60) {
    cases_.change(*c, {{"priority", random_.pick(case_priorities)}}, "desk", now_s);
  } else if (roll < 70) {
    cases_.change(*c, {{"assigned_to", std::string(random_.pick(assignees))}}, "desk", now_s);
  } else {
    cases_.comment(
        *c, {"Fibertime Desk", std::string(random_.pick(comments)), random_.percent(70), now_s});
  }
}

void case_traffic::step(std::int64_t now_s) {
  if (random_.percent(25)) {
    open_case(now_s);
    return;
  }
  // A bulk action of the desk: the same second for all of them.
  const int count = random_.percent(8) ? 6 : 1;
  for (int i = 0; i < count; ++i)
    touch(now_s);
}

}  // namespace fibrehub::peers
