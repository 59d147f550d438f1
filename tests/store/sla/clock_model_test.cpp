// SLA clocks on a real database against their model: tickets are made and moved by commands, looks
// are lost or come twice, calendars are edited; what the tables hold is what the model says.
// FIBREHUB_MODEL_SEED and FIBREHUB_MODEL_TIMES as in tests/actors/clock_model_test.cpp.
#include "store/commands/desk.hpp"
#include "store/sla/config.hpp"
#include "store/sla/evaluate_clocks.hpp"
#include "tests/domain/sla/clock_world.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

namespace sla = domain::sla;
namespace model = domain::sla::model;
using domain::field;
using domain::instant;
using domain::ticket_status;
using kind = domain::field_input::kind;
using model::dice;
using model::minute_us;

/// What a process that dies leaves of a transaction.
struct killed {};

class ClockModel : public work_fixture {
 protected:
  write_outcome command(domain::ticket_command c, int minute) {
    auto got = std::make_shared<std::optional<write_outcome>>();
    submit_commands unit;
    unit.items = {std::move(c)};
    unit.origin = {manager(), world_->time(minute), {}, {}};
    unit.done = reply<write_answer>([got](write_outcome r) { *got = std::move(r); });
    desk_.add(std::move(unit));
    desk_.make_next(session_);
    return got->value();
  }
  template <class Request>
  void configure(const Request& request, int minute) {
    now_ = world_->time(minute) - std::chrono::seconds(1);
    const auto done = change(request);
    ASSERT_TRUE(done) << done.error().message;
  }

  void describe_world() {
    calendars_.clear();
    for (std::size_t c = 0; c < 3; ++c) {
      save_calendar made;
      made.name = fmt::format("{} {}", round_, c);
      made.versions = {{world_->where().versions[c]}};
      configure(made, 0);
      calendars_.push_back(std::stoll(db_.ask("SELECT max(id) FROM sla_calendars")));
    }
    edit_sla_configs all;
    for (int t = 0; t < 5; ++t)
      for (int p = 0; p < 4; ++p) {
        sla_pair_edit e;
        e.type = static_cast<domain::ticket_type>(t);
        e.priority = static_cast<domain::ticket_priority>(p);
        const model::pair_terms& from = world_->pair(e.type, e.priority);
        e.response_seconds = from.response_min * 60;
        e.resolution_seconds = from.resolution_min * 60;
        e.levels_bp = from.levels;
        e.calendar_id = calendars_[from.calendar];
        all.pairs.push_back(e);
      }
    configure(all, 0);
  }

  static domain::given_fields fields(domain::ticket_type type, domain::ticket_priority priority) {
    domain::given_fields out;
    const auto give = [&](field f, std::string_view text) {
      out.items.emplace_back(f, domain::field_input{kind::text, std::string(text), {}});
    };
    give(field::type, domain::ticket_type_names()[static_cast<std::size_t>(type)]);
    give(field::priority, domain::ticket_priority_names()[static_cast<std::size_t>(priority)]);
    return out;
  }
  void create(dice& d, int minute) {
    const auto type = static_cast<domain::ticket_type>(d.between(0, 4));
    const auto priority = static_cast<domain::ticket_priority>(d.between(0, 3));
    domain::create_ticket c;
    c.fields = fields(type, priority);
    c.fields.items.emplace_back(field::title, domain::field_input{kind::text, "No light", {}});
    const auto done = command({{}, {}, c}, minute);
    ASSERT_TRUE(done) << done.error().message;
    const std::int64_t id = std::stoll(db_.ask("SELECT max(id) FROM tickets"));
    ids_.push_back(id);
    world_->create(id, type, priority, ticket_status::new_, minute, minute);
  }

  std::string of_ticket(std::int64_t id, const std::string& column) {
    return db_.ask(fmt::format("SELECT {} FROM tickets WHERE id = {}", column, id));
  }
  void happen(dice& d, int minute) {
    const std::int64_t id = d.one_of(ids_);
    const model::ticket& t = world_->tickets().at(id);
    if (t.is_gone) return;
    model::event e = next_event(d, t.status, t.type, t.priority);
    e.is_told = true;  // it came by no channel to a client, so moves are what can be seen
    domain::ticket_command c;
    c.uid = of_ticket(id, "uid");
    if (e.what == model::happening::answer) c.what = domain::note_ticket{"We are on it", false};
    if (e.what == model::happening::withdraw) c.what = domain::delete_ticket{"spam"};
    if (e.what == model::happening::retarget)
      c.what = domain::edit_ticket{fields(e.type, e.priority)};
    if (e.what == model::happening::move) {
      c.what = domain::move_ticket{e.to, "because"};
      if (e.to == ticket_status::assigned) c.what = domain::assign_ticket{1, 20, "because"};
    }
    if (!command(c, minute)) return;  // the rules of tickets are against it
    if (e.what == model::happening::move) {
      const auto now = domain::ticket_status_from(of_ticket(id, "status"));
      if (now == t.status) return;
      e.to = now.value();
    }
    world_->happen(id, e, minute);
  }
  void edit_calendar(dice& d, int minute) {
    const auto which = static_cast<std::size_t>(d.between(0, 2));
    const auto version = static_cast<std::size_t>(d.between(3, 5));
    save_calendar edit;
    edit.id = calendars_[which];
    sla::calendar_version added = world_->where().versions[version];
    added.effective_from = world_->time(minute);
    edit.versions = {{added}};
    configure(edit, minute);
    world_->edit_calendar(which, version, minute);
  }

  void look(std::span<const clock_key> keys, std::int64_t at_us, bool is_lost) {
    evaluate_clocks request;
    request.clocks.assign(keys.begin(), keys.end());
    request.now = world_->where().origin + std::chrono::microseconds{at_us};
    request.max_drift = std::chrono::hours(1'000'000);
    const write_origin origin{clock_principal(), *request.now, {}, {}};
    change_context context{origin, [this] { return next_id_++; }, {}, {}};
    try {
      connection_.transact([&](pqxx::work& tx) {
        const auto done = run(connection_, tx, request, context);
        EXPECT_TRUE(done);
        if (is_lost) throw killed{};
        return 0;
      });
    } catch (const killed&) {
      return;
    }
    for (const clock_key& k : keys)
      world_->look(k.ticket_id, k.is_resolution, at_us);
  }
  void look_at_some(dice& d, std::int64_t at_us) {
    std::vector<clock_key> keys;
    for (const std::int64_t id : ids_)
      for (const bool is_resolution : {false, true})
        if (d.one_in(2)) keys.push_back({id, is_resolution});
    if (d.one_in(3)) look(keys, at_us, true);
    look(keys, at_us, false);
  }

  std::map<decltype(model::fact{}.key()), model::fact> stored() {
    std::map<decltype(model::fact{}.key()), model::fact> out;
    connection_.transact([&](pqxx::work& tx) {
      const pqxx::result rows = tx.exec(
          "SELECT ticket_id, clock, cycle, level_bp, epoch, (extract(epoch FROM at) *"
          " 1000000)::bigint, disposition FROM sla_events");
      for (const auto& r : rows) {
        if (!world_->tickets().contains(r[0].as<std::int64_t>())) continue;
        model::fact f{r[0].as<std::int64_t>(),
                      std::string_view(r[1].c_str()) == "resolution",
                      r[2].as<int>(),
                      r[3].as<int>(),
                      r[4].as<int>(),
                      world_->us(domain::from_us(r[5].as<std::int64_t>())),
                      r[6].c_str()};
        out.emplace(f.key(), f);
      }
      return 0;
    });
    return out;
  }
  void check_due_instants() {
    for (const auto& [id, t] : world_->tickets()) {
      if (t.is_gone || t.resolution.is_stopped()) continue;
      const auto due = t.resolution.due_minute();
      const std::string shown = of_ticket(id, "(extract(epoch FROM due_at) * 1000000)::bigint");
      if (!due) continue;
      EXPECT_EQ(shown, std::to_string(domain::to_us(world_->time(*due)))) << id;
    }
  }

  void live(std::uint64_t seed) {
    dice d(seed);
    const model::place& where = d.one_of(model::places());
    world_ = std::make_unique<model::world>(where, d);
    ids_.clear();
    ++round_;
    describe_world();
    int minute = model::first_min;
    for (int n = 0; n < 70 && minute < 2'400 && !HasFailure(); ++n) {
      minute += d.one_in(6) ? d.between(0, 120) : d.between(0, 15);
      const int throw_of = d.between(1, 12);
      if (ids_.empty() || (throw_of <= 3 && ids_.size() < 10))
        create(d, minute);
      else if (throw_of == 4)
        edit_calendar(d, minute);
      else if (throw_of <= 7)
        look_at_some(d, minute * minute_us + d.between(0, 1));
      else
        happen(d, minute);
    }
    std::vector<clock_key> all;
    for (const std::int64_t id : ids_)
      for (const bool is_resolution : {false, true})
        all.push_back({id, is_resolution});
    const int end = minute + d.between(1, 1'000);
    look(all, end * minute_us, false);
    EXPECT_EQ(model::difference(world_->facts(), stored()), "");
    check_due_instants();
    EXPECT_EQ(world_->unseen(end * minute_us), 0U);
    histories_ += ids_.size();
    recorded_ += world_->facts().size();
  }

  hub_session session_{db_.options(), std::nullopt};
  command_desk desk_{command_rules{}, 100, std::make_shared<store_status>()};
  std::unique_ptr<model::world> world_;
  std::vector<std::int64_t> ids_, calendars_;
  int round_ = 0;
  std::size_t histories_ = 0, recorded_ = 0;
};

TEST_F(ClockModel, TheTablesHoldWhatTheModelSaysWhateverIsLostOnTheWay) {
  for (int n = 0; n < 12 * model::times_as_many(); ++n) {
    const std::uint64_t seed = model::first_seed() + static_cast<std::uint64_t>(n);
    SCOPED_TRACE(fmt::format("FIBREHUB_MODEL_SEED={}", seed));
    live(seed);
    if (HasFailure()) return;
  }
  EXPECT_GT(histories_, 50U);
  EXPECT_GT(recorded_, histories_);
  RecordProperty("histories", static_cast<int>(histories_));
}

}  // namespace
}  // namespace fibrehub::store::tests
