// What people do on WhatsApp, one step at a time. Pure: the same seed gives the same messages, ids
// included; when they happen is for others to say.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "peers/cast.hpp"
#include "peers/scripts.hpp"
#include "peers/support.hpp"
#include "peers/waha_model.hpp"

namespace fibrehub::peers {

struct presence_event {
  std::string chat;
  std::string participant;
  std::string state;
};
struct revoke_event {
  edit_event action;
};
struct flap_event {};

using traffic_event = std::variant<chat_message, reaction_event, edit_event, revoke_event,
                                   call_event, presence_event, flap_event>;

class traffic_generator {
 public:
  explicit traffic_generator(std::uint64_t seed);

  /// The next thing that happens.
  traffic_event next();
  /// Skips everything that is no message.
  chat_message next_message();

  const cast& people() const { return cast_; }

 private:
  struct conversation {
    const script* plot = nullptr;
    std::size_t step = 0;
    std::string chat;
    person other;
    const drop_point* drop = nullptr;
    const drop_point* second_drop = nullptr;
    chat_message last_other;
    chat_message last_staff;
  };

  void begin_conversation();
  chat_message speak(conversation& c);
  std::string fill(std::string_view way, const conversation& c);
  std::string spell_drop(const std::string& number);
  traffic_event noise();
  chat_message status_post();
  const script& pick_script();

  cast cast_;
  random_source random_;
  std::vector<conversation> active_;
  std::deque<chat_message> recent_;
};

}  // namespace fibrehub::peers
