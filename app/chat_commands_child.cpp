#include "app/chat_commands_child.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

#include "app/quiet_round.hpp"
#include "app/ticket_rules.hpp"
#include "channels/waha/settings.hpp"

namespace fibrehub::app {
namespace {

using namespace std::chrono_literals;

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// Nobody asked for it but those who wrote.
domain::principal chat_commands_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:chat-commands";
  p.name = "chat commands";
  p.as = domain::role::admin;
  return p;
}

void carry_out(actors::slot<store::writer_actor>& writer, const chat_command_setup& setup,
               const store::reply<bool>& to) {
  store::run_chat_commands request;
  request.rules = setup.rules;
  request.zone = setup.zone;
  request.result = std::make_shared<store::chat_command_round>();
  store::write_origin origin;
  origin.by = chat_commands_principal();
  origin.at = now();
  store::reply<store::write_answer> done(
      [to, result = request.result](tl::expected<store::write_answer, store::error> outcome) {
        if (!outcome) {
          to.answer(tl::unexpected(std::move(outcome.error())));
          return;
        }
        const store::chat_command_round& r = *result;
        spdlog::info("whatsapp: {} commands done, {} refused, {} failed, {} left alone", r.done,
                     r.refused, r.failed, r.left);
        to.answer(bool{r.more});
      });
  writer.send(store::change_of(std::move(request), std::move(origin), std::move(done)));
}

void round(actors::slot<store::writer_actor>& writer, actors::reader_pool& readers,
           std::shared_ptr<const chat_command_setup> setup, store::reply<bool> to) {
  store::reply<bool> found([&writer, setup = std::move(setup),
                            to = std::move(to)](tl::expected<bool, store::error> any) {
    if (!any) {
      to.answer(tl::unexpected(std::move(any.error())));
    } else if (!*any) {
      to.answer(false);
    } else {
      carry_out(writer, *setup, to);
    }
  });
  readers.ask(store::question_of(store::find_chat_commands{}, std::move(found)));
}

}  // namespace

store::wa_line wa_line_from(const config::values& values) {
  store::wa_line out;
  const auto bridges = values.instances("waha");
  for (const config::section_values* section : bridges) {
    if (section->instance() != "main" && bridges.size() > 1) continue;
    const channels::waha::settings s = channels::waha::read_settings(*section);
    out.channel = s.name;
    out.session = s.sending.notices_session;
    out.country_code = s.sending.country_code;
  }
  return out;
}

std::shared_ptr<const chat_command_setup> chat_command_setup_from(const config::values& values) {
  auto out = std::make_shared<chat_command_setup>();
  out->rules.tickets = ticket_rules_from(values);
  out->rules.uids = uid_templates_from(values);
  out->rules.line = wa_line_from(values);
  out->zone =
      domain::time_zone::find(values.text("hub", "time_zone")).value_or(domain::time_zone());
  return out;
}

actors::child_spec chat_commands_child(actors::slot<actors::rounds>& slot,
                                       actors::slot<store::writer_actor>& writer,
                                       actors::reader_pool& readers,
                                       std::shared_ptr<const chat_command_setup> setup) {
  actors::child_spec out;
  out.id = "chat commands";
  out.start =
      into_slot(slot, [&writer, &readers, setup = std::move(setup)](caf::actor_system& system) {
        actors::rounds_options o;
        o.name = "chat commands";
        o.period = 1s;
        o.next = 20ms;
        o.run = [&writer, &readers, setup](store::reply<bool> to) {
          round(writer, readers, setup, quietly(std::move(to)));
        };
        return actors::spawn_rounds(system, std::move(o));
      });
  return out;
}

}  // namespace fibrehub::app
