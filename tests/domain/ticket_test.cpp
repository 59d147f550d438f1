#include "domain/ticket.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

TEST(TicketNames, ReadBackAsWritten) {
  for (std::string_view name : ticket_source_names())
    EXPECT_EQ(name_of(*ticket_source_from(name)), name);
  for (std::string_view name : ticket_status_names())
    EXPECT_EQ(name_of(*ticket_status_from(name)), name);
  for (std::string_view name : ticket_priority_names())
    EXPECT_EQ(name_of(*ticket_priority_from(name)), name);
  for (std::string_view name : ticket_type_names())
    EXPECT_EQ(name_of(*ticket_type_from(name)), name);
}

TEST(TicketNames, RefuseWhatIsNone) {
  EXPECT_EQ(ticket_status_from("New"), std::nullopt);
  EXPECT_EQ(ticket_status_from(""), std::nullopt);
  EXPECT_EQ(ticket_source_from("wa_outbound"), std::nullopt);
}

TEST(TicketStatus, IsOpenUntilClosed) {
  EXPECT_TRUE(is_open(ticket_status::resolved));
  EXPECT_FALSE(is_open(ticket_status::closed));
}

}  // namespace
}  // namespace fibrehub::domain
