// How conversations go: who speaks, and the ways a person might put it. `{drop}` is written the way
// people write drop numbers; the other names in braces are filled in plainly.
#pragma once

#include <span>
#include <string_view>

#include "peers/waha_model.hpp"

namespace fibrehub::peers {

enum class speaker { other, staff };
enum class place { customer_chat, technician_chat, project_group };

struct script_step {
  speaker who = speaker::other;
  content kind = content::text;
  std::span<const std::string_view> ways;
  bool quotes = false;  // answers the other side's last message as a quotation
};

struct script {
  place where = place::customer_chat;
  int weight = 1;
  std::span<const script_step> steps;
};

std::span<const script> scripts();
/// Texts of status posts, which nobody should make a ticket of.
std::span<const std::string_view> status_posts();
std::span<const std::string_view> reaction_emojis();

}  // namespace fibrehub::peers
