// Which cases of a desk's channel the tickets still have open.
#include "store/queries/open_cases.hpp"

#include <gmock/gmock.h>

#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OpenCases : public sends_fixture {
 protected:
  ingest case_item(const std::string& id, domain::ticket_status status,
                   const std::string& channel = "velocity") {
    domain::case_snapshot s;
    s.case_id = id;
    s.subject = "No signal";
    s.status = status;
    s.created_at = s.updated_at = now_;
    ingest out = chat_item(id, "", customer, false, false);
    out.source = "qcontact";
    out.channel = channel;
    out.ext_id = channel + "/" + id;
    out.event = "case";
    out.what = std::move(s);
    return out;
  }
  std::vector<std::string> open(const std::string& channel, std::size_t limit = 100) {
    connection db(db_.options());
    find_open_cases ask;
    ask.channel = channel;
    ask.limit = limit;
    return run(db, ask).value();
  }
};

TEST_F(OpenCases, AreThoseOfTheChannelThatAreNotClosedTheNewestFirst) {
  using domain::ticket_status;
  EXPECT_THAT(open("velocity"), IsEmpty());
  apply({case_item("11", ticket_status::in_progress), case_item("12", ticket_status::closed),
         case_item("13", ticket_status::resolved), case_item("14", ticket_status::new_, "other"),
         case_item("15", ticket_status::new_)});
  receive("A1", "DR77 no light");
  EXPECT_THAT(open("velocity"), ElementsAre("15", "13", "11"));
  EXPECT_THAT(open("velocity", 1), ElementsAre("15"));
  EXPECT_THAT(open("other"), ElementsAre("14"));
  db_.ask("UPDATE tickets SET deleted_at = now() WHERE source_reference = '15' RETURNING 1");
  EXPECT_THAT(open("velocity"), ElementsAre("13", "11"));
}

}  // namespace
}  // namespace fibrehub::store::tests
