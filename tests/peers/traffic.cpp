#include "peers/traffic.hpp"

#include "peers/media.hpp"

namespace fibrehub::peers {

namespace {

constexpr std::size_t conversations_at_once = 24;
constexpr std::size_t remembered = 40;

std::string first_name(const person& p) {
  return p.name.substr(0, p.name.find(' '));
}

}  // namespace

traffic_generator::traffic_generator(std::uint64_t seed)
    : cast_(make_cast(seed)), random_(seed ^ 0x74616c6bULL) {}

const script& traffic_generator::pick_script() {
  const auto all = scripts();
  std::uint64_t total = 0;
  for (const auto& s : all)
    total += static_cast<std::uint64_t>(s.weight);
  auto at = static_cast<std::int64_t>(random_.below(total));
  for (const auto& s : all) {
    at -= s.weight;
    if (at < 0) return s;
  }
  return all.front();
}

void traffic_generator::begin_conversation() {
  conversation c;
  c.plot = &pick_script();
  c.second_drop = &random_.pick(cast_.drops);
  if (c.plot->where == place::customer_chat) {
    const auto who = static_cast<std::size_t>(random_.below(cast_.customers.size()));
    c.other = cast_.customers[who];
    c.drop = &cast_.drops[who];
    c.chat = c.other.phone + "@c.us";
  } else {
    c.other = random_.pick(cast_.technicians);
    c.drop = &random_.pick(cast_.drops);
    c.chat = c.other.phone + "@c.us";
    if (c.plot->where == place::project_group) {
      c.chat = random_.pick(cast_.groups).chat;
      for (const auto& g : cast_.groups) {
        if (g.project == c.drop->project) c.chat = g.chat;
      }
    }
  }
  // One person tells one story at a time.
  for (const auto& other : active_) {
    if (other.chat == c.chat && other.other.phone == c.other.phone) return;
  }
  active_.push_back(std::move(c));
}

std::string traffic_generator::spell_drop(const std::string& number) {
  const std::string digits = number.substr(2);
  const auto way = random_.below(100);
  if (way < 62) return number;
  if (way < 74) return "dr " + digits;
  if (way < 82) return "DR " + digits;
  if (way < 94) return "dr" + digits;
  return "Dr" + digits;
}

std::string traffic_generator::fill(std::string_view way, const conversation& c) {
  std::string out;
  while (!way.empty()) {
    const auto open = way.find('{');
    out += way.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = way.find('}', open);
    const auto name = way.substr(open + 1, close - open - 1);
    way.remove_prefix(close + 1);
    if (name == "drop") out += spell_drop(c.drop->number);
    if (name == "drop2") out += spell_drop(c.second_drop->number);
    if (name == "first") out += first_name(c.other);
    if (name == "tech") out += first_name(random_.pick(cast_.technicians));
    if (name == "street") out += c.drop->address.substr(0, c.drop->address.find(','));
    if (name == "project") out += c.drop->project;
    if (name == "pole") out += c.drop->pole;
    if (name == "dbm") out += fmt::format("{}.{}", 17 + random_.below(10), random_.below(10));
    if (name == "time")
      out += fmt::format("{:02}:{:02}", 6 + random_.below(12), random_.below(4) * 15);
    if (name == "n") out += fmt::format("{}", 2 + random_.below(30));
  }
  return out;
}

chat_message traffic_generator::speak(conversation& c) {
  const script_step& step = c.plot->steps[c.step++];
  const std::string_view way = random_.pick(step.ways);
  chat_message m;
  m.stanza = phone_stanza_id(random_);
  m.chat = c.chat;
  m.from_me = step.who == speaker::staff;
  m.sender = m.from_me && is_group(c.chat) ? person{} : c.other;
  m.kind = step.kind;
  std::string said = fill(way, c);
  m.conversation_drop = c.drop->number;
  const auto first = std::min(way.find("{drop}"), way.find("{drop2}"));
  if (first != std::string_view::npos) {
    const bool own = way.substr(first).starts_with("{drop}");
    m.expected_drop = own ? c.drop->number : c.second_drop->number;
  }
  if (m.kind == content::location) {
    m.place = std::move(said);
    m.latitude = -26.38 + static_cast<double>(random_.below(4000)) / 100'000;
    m.longitude = 27.81 + static_cast<double>(random_.below(4000)) / 100'000;
  } else {
    m.text = std::move(said);
  }
  if (m.has_media()) m.mimetype = media_mimetype(m.kind);
  if (m.kind == content::document) m.filename = fmt::format("{}.pdf", c.drop->number);
  const chat_message& before = m.from_me ? c.last_other : c.last_staff;
  if (step.quotes && !before.stanza.empty()) {
    m.quoted = quotation{before.stanza, before.from_me ? account{}.phone : before.sender.phone,
                         before.text};
  }
  (m.from_me ? c.last_staff : c.last_other) = m;
  recent_.push_back(m);
  if (recent_.size() > remembered) recent_.pop_front();
  return m;
}

traffic_event traffic_generator::next() {
  const auto roll = random_.below(100);
  if (roll >= 84) return noise();
  const bool start = active_.empty() || (roll >= 60 && active_.size() < conversations_at_once);
  if (start) begin_conversation();
  // A new conversation begins at once; an old one continues somewhere.
  const std::size_t which =
      start ? active_.size() - 1 : static_cast<std::size_t>(random_.below(active_.size()));
  chat_message m = speak(active_[which]);
  if (active_[which].step == active_[which].plot->steps.size()) {
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(which));
  }
  return m;
}

chat_message traffic_generator::next_message() {
  for (;;) {
    traffic_event event = next();
    if (auto* m = std::get_if<chat_message>(&event)) return std::move(*m);
  }
}

chat_message traffic_generator::status_post() {
  chat_message m;
  m.stanza = phone_stanza_id(random_);
  m.chat = "status@broadcast";
  m.sender = random_.pick(cast_.technicians);
  m.text = random_.pick(status_posts());
  return m;
}

traffic_event traffic_generator::noise() {
  const auto roll = random_.below(100);
  if (roll < 15) return status_post();
  if (roll < 25) {
    return call_event{phone_stanza_id(random_), random_.pick(cast_.customers), 0,
                      random_.percent(10)};
  }
  if (roll < 27) return flap_event{};
  if (roll < 60 && !recent_.empty()) {
    const chat_message& target = random_.pick(recent_);
    if (roll < 45) {
      // Somebody of the group, or the other side of the chat, likes what was said.
      const bool group = is_group(target.chat);
      person who = group ? random_.pick(cast_.technicians) : target.sender;
      return reaction_event{phone_stanza_id(random_),
                            target,
                            std::move(who),
                            false,
                            std::string(random_.pick(reaction_emojis())),
                            0};
    }
    if (target.kind == content::text && !target.from_me) {
      edit_event e{phone_stanza_id(random_), target, target.text + " *", 0};
      if (roll < 57) return e;
      return revoke_event{std::move(e)};
    }
  }
  const person& who = random_.pick(cast_.technicians);
  constexpr std::array states{"online", "typing", "recording", "paused", "offline"};
  const bool group = random_.percent(50);
  const std::string self = who.phone + "@c.us";
  return presence_event{group ? random_.pick(cast_.groups).chat : self, self, random_.pick(states)};
}

}  // namespace fibrehub::peers
