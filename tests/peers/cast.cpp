#include "peers/cast.hpp"

#include "peers/json_writer.hpp"
#include "peers/support.hpp"

namespace fibrehub::peers {

namespace {

constexpr std::array first_names{
    "Thabo",    "Sipho",   "Lerato",   "Nomsa",    "Johan",    "Pieter",  "Annelie", "Zanele",
    "Bongani",  "Themba",  "Kagiso",   "Lindiwe",  "Precious", "Mpho",    "Tshepo",  "Naledi",
    "Ayesha",   "Yusuf",   "Priya",    "Rajesh",   "Willem",   "Marlene", "Hendrik", "Nokuthula",
    "Sibusiso", "Refilwe", "Dineo",    "Karabo",   "Jabulani", "Gugu",    "Vusi",    "Palesa",
    "Andile",   "Khanyi",  "Dumisani", "Busisiwe", "Charl",    "Ricardo", "Tumelo",  "Boitumelo"};
constexpr std::array last_names{"Mokoena", "Nkosi",   "Dlamini",  "Naidoo",     "van der Merwe",
                                "Botha",   "Khumalo", "Mahlangu", "Sithole",    "Molefe",
                                "Pillay",  "Venter",  "Ndlovu",   "Radebe",     "Mabaso",
                                "Jacobs",  "Zulu",    "Maseko",   "Tshabalala", "du Plessis",
                                "Modise",  "Mthembu", "Govender", "Baloyi",     "Phiri",
                                "Kekana",  "Motaung", "Steyn",    "Cele",       "Williams"};
constexpr std::array streets{
    "Protea Street",  "Marula Avenue",    "Umthambeka Road", "Acacia Close", "Sugarbush Street",
    "Kiepersol Lane", "Jacaranda Street", "Vygie Crescent",  "Mimosa Road",  "Tambotie Street"};
constexpr std::array projects{"Lawley", "Mohadin", "Ikageng"};
constexpr std::array prefixes{"60", "71", "72", "73", "76", "78", "82", "83", "84"};

person make_person(random_source& random, bool technician) {
  person p;
  p.name = fmt::format("{} {}", random.pick(first_names), random.pick(last_names));
  p.phone = fmt::format("27{}{:07}", random.pick(prefixes), random.below(10'000'000));
  p.lid = fmt::format("{}", 100'000'000'000'000ULL + random.below(800'000'000'000'000ULL));
  p.technician = technician;
  return p;
}

void write_people(json_writer& w, std::string_view name, const std::vector<person>& people) {
  w.key(name).array();
  for (const auto& p : people) {
    w.object().field("name", p.name).field("phone", p.phone);
    w.field("lid", p.lid + "@lid").end_object();
  }
  w.end_array();
}

}  // namespace

cast make_cast(std::uint64_t seed) {
  random_source random(seed ^ 0x63617374ULL);
  cast c;
  for (int i = 0; i < 40; ++i)
    c.technicians.push_back(make_person(random, true));
  for (int i = 0; i < 60; ++i)
    c.customers.push_back(make_person(random, false));
  int number = 1;
  for (const auto* project : projects) {
    c.groups.push_back({project, fmt::format("{} Maintenance Team", project),
                        fmt::format("1203630000{:08}@g.us",
                                    seed % 100'000 * 10 + static_cast<std::uint64_t>(number++))});
  }
  std::uint64_t drop = 1'728'000 + random.below(1000);
  for (int i = 0; i < 200; ++i) {
    drop += 1 + random.below(40);
    const auto* project = random.pick(projects);
    c.drops.push_back(
        {fmt::format("DR{}", drop), project,
         fmt::format("{} {}, {}", 1 + random.below(240), random.pick(streets), project),
         fmt::format("{}.P.{}{:03}", std::string_view(project).substr(0, 3),
                     static_cast<char>('A' + random.below(6)), random.below(900))});
  }
  return c;
}

std::string cast_json(const cast& c) {
  json_writer w;
  w.object();
  write_people(w, "technicians", c.technicians);
  write_people(w, "customers", c.customers);
  w.key("groups").array();
  for (const auto& g : c.groups) {
    w.object().field("chat", g.chat).field("subject", g.subject).field("project", g.project);
    w.end_object();
  }
  w.end_array().key("drops").array();
  for (const auto& d : c.drops) {
    w.object().field("drop_number", d.number).field("project", d.project);
    w.field("address", d.address).field("pole", d.pole).end_object();
  }
  return w.end_array().end_object().text();
}

}  // namespace fibrehub::peers
