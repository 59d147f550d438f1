// What a message carries: files, places, contacts, polls, quotations, people named.
#include <gtest/gtest.h>

#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

written message(std::string_view members, std::string_view engine = "NOWEB") {
  return read(wrapped("message.any",
                      fmt::format(R"({{"id":"false_1@c.us_A","timestamp":1795224317{}{}}})",
                                  members.empty() ? "" : ",", members),
                      engine));
}

TEST(WahaMessage, SaysWhetherItsFileIsThere) {
  const auto there = message(
      R"("hasMedia":true,"media":{"url":"http://localhost:3000/api/files/default/A.pdf",
         "mimetype":"application/pdf","filename":"as-built.pdf","s3":{"Bucket":"wa","Key":"A.pdf"}})");
  EXPECT_EQ(there["message.media.state"], "available");
  EXPECT_EQ(there["message.media.filename"], "as-built.pdf");
  EXPECT_EQ(there["message.media.s3.bucket"], "wa");
  EXPECT_EQ(there["message.type"], "document");
  const auto filtered = message(R"("hasMedia":true,"media":null)");
  EXPECT_EQ(filtered["message.media.state"], "not_downloaded");
  const auto no_url = message(R"("hasMedia":true,"media":{"url":null,"mimetype":"video/mp4"})");
  EXPECT_EQ(no_url["message.media.state"], "not_downloaded");
  EXPECT_EQ(no_url["message.type"], "video");
  const auto failed = message(
      R"("hasMedia":true,"media":{"url":null,"mimetype":"image/jpeg","error":{"code":13,
         "details":"download failed with status code 404\n    at x"}})",
      "GOWS");
  EXPECT_EQ(failed["message.media.state"], "failed");
  EXPECT_EQ(failed["message.media.error.code"], "13");
  EXPECT_EQ(failed["message.media.error.message"], "download failed with status code 404");
  EXPECT_EQ(message(R"("hasMedia":false,"media":null)")["message.media"], "-");
  const auto old =
      message(R"("hasMedia":true,"mediaUrl":"http://localhost:3000/api/files/A.jpeg")");
  EXPECT_EQ(old["message.media.state"], "available");
  EXPECT_EQ(old["message.media.url"], "http://localhost:3000/api/files/A.jpeg");
}

TEST(WahaMessage, HasItsFileWhenThereIsAnAddressWhateverElseIsSaid) {
  const auto both = message(
      R"("hasMedia":true,"media":{"url":"http://h/A.jpeg","mimetype":"image/jpeg","error":{"details":"retried"}})");
  EXPECT_EQ(both["message.media.state"], "available");
  EXPECT_EQ(both["message.media.error.message"], "retried");
}

TEST(WahaMessage, OfAChannelHasNoAuthor) {
  const auto post = read(wrapped(
      "message.any",
      R"({"id":"false_120363111@newsletter_N1","timestamp":1,"participant":"120363111@newsletter",
          "_data":{"Info":{"Sender":"120363111@newsletter"}}})",
      "GOWS"));
  EXPECT_EQ(post["message.chat_kind"], "newsletter");
  EXPECT_EQ(post["message.author"], "-");
}

TEST(WahaMessage, DescribesAFileThatWasNotDownloadedByTheEnginesRecord) {
  const auto noweb = message(
      R"("hasMedia":true,"media":null,"_data":{"message":{"documentMessage":{"mimetype":"application/pdf",
         "fileName":"report.pdf"}}})");
  EXPECT_EQ(noweb["message.media.mimetype"], "application/pdf");
  EXPECT_EQ(noweb["message.media.filename"], "report.pdf");
  const auto web = message(
      R"("hasMedia":true,"media":null,"_data":{"type":"document","mimetype":"application/pdf","filename":"r.pdf"})",
      "WEBJS");
  EXPECT_EQ(web["message.media.filename"], "r.pdf");
}

TEST(WahaMessage, IsOfOneTypeWhateverTheEngineCallsIt) {
  struct type_case {
    std::string_view data;
    std::string_view type;
    std::string_view raw_type;
  };
  const std::vector<type_case> table{
      {R"({"message":{"conversation":"x"}})", "text", "conversation"},
      {R"({"message":{"messageContextInfo":{},"extendedTextMessage":{}}})", "text",
       "extendedTextMessage"},
      {R"({"message":{"senderKeyDistributionMessage":{},"imageMessage":{}}})", "image",
       "imageMessage"},
      {R"({"message":{"audioMessage":{"ptt":true}}})", "voice", "audioMessage"},
      {R"({"message":{"audioMessage":{"ptt":false}}})", "audio", "audioMessage"},
      {R"({"message":{"ephemeralMessage":{"message":{"viewOnceMessageV2":{"message":{"videoMessage":{}}}}}}})",
       "video", "videoMessage"},
      {R"({"message":{"documentWithCaptionMessage":{"message":{"documentMessage":{}}}}})",
       "document", "documentMessage"},
      {R"({"Message":{"stickerMessage":{}},"Info":{"Type":"media"}})", "sticker", "stickerMessage"},
      {R"({"Message":{"imageMessage":null,"contactsArrayMessage":{}}})", "contact",
       "contactsArrayMessage"},
      {R"({"Message":{"eventMessage":{}}})", "event", "eventMessage"},
      {R"({"type":"ptt"})", "voice", "ptt"},
      {R"({"type":"multi_vcard"})", "contact", "multi_vcard"},
      {R"({"type":"location"})", "location", "location"},
      {R"({"type":"call_log"})", "call", "call_log"},
      {R"({"type":"hologram"})", "other", "hologram"},
      {R"({"message":{"hologramMessage":{}}})", "other", "hologramMessage"},
      {R"({})", "other", "-"},
      {R"({"message":"no object","type":7})", "other", "-"},
  };
  for (const type_case& c : table) {
    const auto out = message(fmt::format(R"("_data":{})", c.data));
    EXPECT_EQ(out["message.type"], c.type) << c.data;
    EXPECT_EQ(out["message.raw_type"], c.raw_type) << c.data;
  }
  EXPECT_EQ(message(R"("body":"x")")["message.type"], "text");
}

TEST(WahaMessage, TakesAPlaceFromTextAndFromNumbers) {
  const auto out = message(
      R"("location":{"latitude":-26.1,"longitude":"28.05","name":"Depot","address":"1 Main Rd",
         "description":"gate","url":"https://maps.example/1","live":true})");
  EXPECT_EQ(out["message.location.latitude"], "-26.1");
  EXPECT_EQ(out["message.location.longitude"], "28.05");
  EXPECT_EQ(out["message.location.address"], "1 Main Rd");
  EXPECT_EQ(out["message.location.live"], "true");
  for (const char* wrong :
       {R"({"latitude":"91","longitude":"0"})", R"({"latitude":"nan","longitude":"0"})",
        R"({"latitude":1})", R"({"latitude":"1e999","longitude":0})", R"({})"}) {
    const auto nowhere = message(fmt::format(R"("location":{})", wrong));
    EXPECT_EQ(nowhere["message.location.latitude"], "-") << wrong;
    EXPECT_EQ(nowhere["notes.0.field"], "payload.location") << wrong;
  }
}

TEST(WahaMessage, ReadsContactsOutOfVcards) {
  const auto out = message(
      R"("vCards":["BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jane\\, of the\r\n  Depot\r\nORG:Velocity;Fibre;\r\nitem1.TEL;waid=27839990000;type=CELL:+27 83 999 0000\r\ntel:0111234567\r\nEND:VCARD",
         "no card at all", 7])");
  EXPECT_EQ(out["message.type"], "contact");
  EXPECT_EQ(out["message.contacts.0.name"], "Jane, of the Depot");
  EXPECT_EQ(out["message.contacts.0.organization"], "Velocity;Fibre");
  EXPECT_EQ(out["message.contacts.0.phones"], R"(["+27 83 999 0000","0111234567"])");
  EXPECT_EQ(out["message.contacts.0.whatsapp_id"], "27839990000@c.us");
  EXPECT_EQ(out["message.contacts.1.name"], "-");
  EXPECT_EQ(out["message.contacts.1.vcard"], "no card at all");
  EXPECT_EQ(out["notes.0.field"], "payload.vCards[2]");
}

TEST(WahaMessage, KnowsWhatItAnswersToByABareOrASerialisedId) {
  for (const char* id : {"3EB0Q", "true_1@c.us_3EB0Q"}) {
    const auto out = message(fmt::format(
        R"("replyTo":{{"id":"{}","participant":"27831112222:3@s.whatsapp.net","body":"what",
           "media":{{"mimetype":"image/jpeg"}}}})",
        id));
    EXPECT_EQ(out["message.reply_to.stanza_id"], "3EB0Q");
    EXPECT_EQ(out["message.reply_to.participant"], "27831112222@c.us");
    EXPECT_EQ(out["message.reply_to.has_media"], "true");
  }
  const auto nothing = message(R"("replyTo":{"body":"x"})");
  EXPECT_EQ(nothing["message.reply_to"], "-");
  EXPECT_EQ(nothing["notes.0.field"], "payload.replyTo.id");
}

TEST(WahaMessage, NamesThePeopleWhoAreNamedInIt) {
  const std::string both = R"(["27831112222@c.us","555@lid"])";
  EXPECT_EQ(message(R"("_data":{"message":{"extendedTextMessage":{"contextInfo":
      {"mentionedJid":["27831112222:2@s.whatsapp.net","555@lid"]}}}})")["message.mentions"],
            both);
  EXPECT_EQ(message(R"("_data":{"Message":{"imageMessage":{"contextInfo":
      {"mentionedJID":["27831112222@s.whatsapp.net","555@lid"]}}}})",
                    "GOWS")["message.mentions"],
            both);
  EXPECT_EQ(message(R"("_data":{"type":"chat","mentionedJidList":["27831112222@c.us",
      {"user":"555","server":"lid","_serialized":"555@lid"}]})",
                    "WEBJS")["message.mentions"],
            both);
}

TEST(WahaMessage, OpensAPoll) {
  const auto noweb = message(R"("_data":{"message":{"pollCreationMessageV3":{"name":"When?",
      "options":[{"optionName":"Mon"},{"optionName":"Tue"}],"selectableOptionsCount":0}}})");
  EXPECT_EQ(noweb["message.type"], "poll");
  EXPECT_EQ(noweb["message.poll.name"], "When?");
  EXPECT_EQ(noweb["message.poll.options"], R"(["Mon","Tue"])");
  EXPECT_EQ(noweb["message.poll.multiple_answers"], "true");
  const auto web = message(R"("_data":{"type":"poll_creation","pollName":"OK?","pollOptions":
      [{"name":"Yes","localId":0}],"pollSelectableOptionsCount":1})",
                           "WEBJS");
  EXPECT_EQ(web["message.poll.options"], R"(["Yes"])");
  EXPECT_EQ(web["message.poll.multiple_answers"], "false");
}

TEST(WahaMessage, FindsItsIdInThisOrder) {
  const auto id_of = [](std::string_view payload) {
    const written out = read(wrapped("message", payload));
    return out["message.serialized_id"] + out["problem"];
  };
  EXPECT_EQ(id_of(R"({"id":"false_1@c.us_A"})"), "false_1@c.us_A-");
  EXPECT_EQ(id_of(R"({"id":{"_serialized":"false_1@c.us_B","id":"C"}})"), "false_1@c.us_B-");
  EXPECT_EQ(id_of(R"({"id":{"fromMe":true,"remote":"2@g.us","id":"C","participant":{"user":"3",
      "server":"c.us"}}})"),
            "true_2@g.us_C_3@c.us-");
  EXPECT_EQ(
      id_of(R"({"_data":{"key":{"remoteJid":"1:9@s.whatsapp.net","fromMe":false,"id":"D"}}})"),
      "false_1@c.us_D-");
  EXPECT_EQ(id_of(R"({"id":42})"), "-payload.id is no text");
  EXPECT_EQ(id_of(R"({"id":"3EB0"})"),
            "-payload.id is no message id like true_27831112222@c.us_3EB0\xE2\x80\xA6");
  EXPECT_EQ(id_of("{}"), "-payload.id is missing");
}

}  // namespace
}  // namespace fibrehub::channels::waha
