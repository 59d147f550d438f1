// Bodies of webhooks as a WAHA server (2026.2.1, NOWEB) sent them.
#pragma once

#include <string_view>

namespace fibrehub::bench {

/// A reply in a group that quotes one of our messages: the richest shape of a text message.
// clang-format off
inline constexpr std::string_view waha_group_reply =
    R"waha({"id":"evt_01m7xvabe6rw7t1qc7e6rcmqht","timestamp":1795224317382,"event":"message.any","session":"default","metadata":{"tenant":"t1"},"me":{"id":"27820000001@c.us","pushName":"FibreFlow Desk","lid":"111111111111111@lid"},"payload":{"id":"false_120363000000000001@g.us_3EB0IN0003_555000111222333@lid","timestamp":1795224317,"from":"120363000000000001@g.us","fromMe":false,"source":"app","body":"reply in group","to":"120363000000000001@g.us","participant":"555000111222333@lid","hasMedia":false,"media":null,"ack":2,"ackName":"DEVICE","location":null,"vCards":null,"replyTo":{"id":"3EB00314BA2845C411579C","participant":"27820000001@c.us","body":"group hello","_data":{"conversation":"group hello"}},"_data":{"key":{"remoteJid":"120363000000000001@g.us","fromMe":false,"id":"3EB0IN0003","participant":"555000111222333@lid","participantAlt":"27831112222@s.whatsapp.net","addressingMode":"lid"},"messageTimestamp":1795224317,"pushName":"John","message":{"extendedTextMessage":{"text":"reply in group","contextInfo":{"stanzaId":"3EB00314BA2845C411579C","participant":"27820000001@s.whatsapp.net","quotedMessage":{"conversation":"group hello"}}}},"status":3}},"engine":"NOWEB","environment":{"version":"2026.2.1","engine":"NOWEB","tier":"CORE","browser":null,"platform":"linux/x64","worker":{"id":"worker-1"}}})waha";
// clang-format on

}  // namespace fibrehub::bench
