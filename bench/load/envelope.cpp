#include "bench/load/envelope.hpp"

#include <array>
#include <iterator>

namespace fibrehub::bench {
namespace {

constexpr std::array<std::string_view, 8> names = {
    "Thandi M", "Pieter", "Nomvula 🌸", "J. van der Merwe", "Sipho", "Ayesha K", "Zanele", "Craig"};

constexpr std::array<std::string_view, 6> complaints = {
    R"(Good morning, we have had no internet since last night. The red light on the ONT is blinking. Our drop is {}. Please can somebody help?)",
    R"(Hi, the line at our house is very slow, speed test gives 2 Mbps and we pay for 100. {} is on the box outside.)",
    R"(Hello 👋 the fibre cable at the pole was cut by the people working on the road. Drop number {}, when can you come?)",
    R"(Goeie môre, die internet is weer af na die storm. Ons aansluiting is {}. Laat weet asseblief.)",
    R"(No signal on the router, I already switched it off and on.\nDrop: {}\nI work from home, so this is urgent please.)",
    R"(Hi team, the installer left and said \"it will come up by itself\" but the LOS light on {} is still red.)"};

constexpr std::array<std::string_view, 10> follow_ups = {
    R"(Any news on this please? We are still waiting and nobody has called us back yet.)",
    R"(ok thank you 🙏 I will be at home the whole afternoon, the gate code is 4417 and the dogs are locked away.)",
    R"(I have restarted the router again, same thing. The second light from the left is red, the others are green.)",
    R"(It was working for about ten minutes and then it went off again, this happens every evening around six.)",
    R"(Can the technician phone me on this number before he comes? I need twenty minutes to get there.)",
    R"(Dankie, ons wag. Die bure sê hulle s'n is ook af, so dit is dalk die hele straat.)",
    R"(The technician was here but he said he needs a splicing machine and left.\nWhen will he be back?)",
    R"(Here is what the app says: \"Optical signal too weak (-29.4 dBm)\". Does that help you at all?)",
    R"(It is back now, thank you so much for the quick help! 🎉)",
    R"(Sorry, one more thing: the cable outside is hanging very low over the driveway and I am afraid a truck will take it down.)"};

}  // namespace

std::string_view push_name_of(std::uint32_t chat) {
  return names[chat % names.size()];
}

void write_first_text(fmt::memory_buffer& out, std::uint32_t chat, std::string_view drop) {
  fmt::format_to(std::back_inserter(out), fmt::runtime(complaints[chat % complaints.size()]), drop);
}

void write_later_text(fmt::memory_buffer& out, std::uint32_t variant, std::uint32_t n) {
  fmt::format_to(std::back_inserter(out), "{} ({})", follow_ups[variant % follow_ups.size()], n);
}

void write_envelope(fmt::memory_buffer& out, const envelope& e) {
  auto to = std::back_inserter(out);
  fmt::format_to(
      to,
      R"({{"id":"evt_{}","timestamp":{},"event":"message.any","session":"{}",)"
      R"("me":{{"id":"27820000001@c.us","pushName":"FibreFlow Desk","lid":"111111111111111@lid"}},)"
      R"("payload":{{"id":"false_{}@c.us_{}","timestamp":{},"from":"{}@c.us","fromMe":false,)"
      R"("source":"app","body":"{}","hasMedia":false,"media":null,"ack":2,"ackName":"DEVICE",)"
      R"("location":null,"vCards":null,"replyTo":null,"_data":{{"key":{{)"
      R"("remoteJid":"{}@s.whatsapp.net","fromMe":false,"id":"{}"}},"messageTimestamp":{},)"
      R"("pushName":"{}","message":{{"conversation":"{}")",
      e.event_id, e.event_ms, e.session, e.phone, e.message_id, e.message_s, e.phone, e.text,
      e.phone, e.message_id, e.message_s, e.push_name, e.text);
  if (e.from_phone) {
    fmt::format_to(to,
                   R"(,"messageContextInfo":{{"deviceListMetadataVersion":2,)"
                   R"("messageSecret":"{}"}})",
                   e.secret);
  }
  fmt::format_to(to, R"(}},"status":3}}}},"engine":"NOWEB","environment":{{"version":"2026.2.1",)"
                     R"("engine":"NOWEB","tier":"CORE","browser":null,"platform":"linux/x64",)"
                     R"("worker":{{"id":"worker-1"}}}}}})");
}

}  // namespace fibrehub::bench
