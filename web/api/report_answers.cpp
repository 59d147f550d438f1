#include "web/api/report_answers.hpp"

#include <fmt/format.h>

#include <charconv>

#include "protocols/json/parse.hpp"
#include "web/api/json.hpp"
#include "web/content_disposition.hpp"

namespace fibrehub::web::api {
namespace {

using domain::cell_type;
using domain::report_column;

constexpr std::string_view cursor_prefix = "r1.";

void write_cell(json_writer& w, const report_column& column,
                const std::optional<std::string>& value) {
  write_key(w, column.name);
  if (!value) {
    w.Null();
    return;
  }
  switch (column.type) {
    case cell_type::text:
    case cell_type::moment:
    case cell_type::day:
      write_string(w, *value);
      break;
    case cell_type::counts:
      w.RawValue(value->data(), value->size(), rapidjson::kObjectType);
      break;
    case cell_type::integer:
    case cell_type::decimal:
    case cell_type::percent:
    case cell_type::seconds:
      w.RawValue(value->data(), value->size(), rapidjson::kNumberType);
  }
}

void write_rows(json_writer& w, std::span<const report_column> columns,
                const std::vector<domain::report_row>& rows) {
  w.StartArray();
  for (const domain::report_row& row : rows) {
    w.StartObject();
    for (std::size_t i = 0; i < columns.size(); ++i)
      write_cell(w, columns[i], row.at(i));
    w.EndObject();
  }
  w.EndArray();
}

void write_period(json_writer& w, const finished_report& report) {
  const report_query& q = report.asked;
  text_field(w, "tz", q.zone_name);
  w.Key("period");
  if (q.state != store::summary_state::any && !q.period_given) {
    w.Null();
  } else {
    w.StartObject();
    instant_field(w, "from", q.during.from);
    instant_field(w, "to", q.during.to);
    w.EndObject();
  }
  text_or_null(w, "step", report.what->by_step ? name_of(q.step) : std::string_view());
}

}  // namespace

response report_json(const finished_report& report, std::int64_t limit,
                     const std::string& next_cursor) {
  return success([&](json_writer& w) {
    w.StartObject();
    text_field(w, "report", report.what->name);
    text_field(w, "title", report.what->title);
    instant_field(w, "generated_at", report.asked.now);
    write_period(w, report);
    w.Key("rows");
    write_rows(w, report.what->columns, report.answer.rows);
    w.Key("breakdown");
    w.StartObject();
    for (const domain::report_section& s : report.answer.sections) {
      write_key(w, s.name);
      write_rows(w, s.columns, s.rows);
    }
    w.EndObject();
    if (limit != 0) {
      w.Key("pagination");
      w.StartObject();
      integer_field(w, "limit", limit);
      text_or_null(w, "next_cursor", next_cursor);
      w.EndObject();
    }
    w.EndObject();
  });
}

void write_csv_head(protocols::csv_writer& out, const domain::report_definition& what) {
  for (const report_column& c : what.columns)
    out.plain(c.name);
  out.end_row();
}

void write_csv_rows(protocols::csv_writer& out, const domain::report_definition& what,
                    const std::vector<domain::report_row>& rows) {
  for (const domain::report_row& row : rows) {
    for (std::size_t i = 0; i < what.columns.size(); ++i) {
      const std::string text = row.at(i).value_or("");
      switch (what.columns[i].type) {
        case cell_type::text:
          out.text(text);
          break;
        case cell_type::counts:
          out.text(counts_for_people(text));
          break;
        default:
          out.plain(text);
      }
    }
    out.end_row();
  }
}

response download_head(const domain::report_definition& what, const report_query& asked,
                       std::string_view content_type, std::string_view extension) {
  response out;
  out.content_type = content_type;
  const domain::instant last = domain::from_us(domain::to_us(asked.during.to) - 1);
  const bool open_ended = asked.state != store::summary_state::any && !asked.period_given;
  const std::string when =
      open_ended ? domain::local_date(asked.now, asked.zone)
                 : fmt::format("{}-to-{}", domain::local_date(asked.during.from, asked.zone),
                               domain::local_date(last, asked.zone));
  const char* state = asked.state == store::summary_state::open      ? "-open"
                      : asked.state == store::summary_state::overdue ? "-overdue"
                                                                     : "";
  out.headers = {{"Content-Disposition", attachment_disposition(fmt::format(
                                             "{}{}-{}.{}", what.name, state, when, extension))}};
  return out;
}

std::string summary_cursor(const store::summary_place& place) {
  return fmt::format("{}{}.{}", cursor_prefix, place.created_us, place.id);
}

std::optional<store::summary_place> parse_summary_cursor(std::string_view text) {
  if (!text.starts_with(cursor_prefix)) return std::nullopt;
  text.remove_prefix(cursor_prefix.size());
  store::summary_place out;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, out.created_us);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, out.id);
  if (second.ec != std::errc() || second.ptr != end || out.id < 0) return std::nullopt;
  const domain::period any = domain::any_time();
  if (out.created_us < 0 || out.created_us >= domain::to_us(any.to)) return std::nullopt;
  return out;
}

std::string counts_for_people(const std::string& json) {
  const auto parsed = protocols::json::parse(json);
  std::string out;
  if (!parsed || !parsed->IsObject()) return out;
  for (const auto& member : parsed->GetObject()) {
    if (!out.empty()) out += "; ";
    out.append(member.name.GetString(), member.name.GetStringLength());
    out += ": " + protocols::json::to_text(member.value);
  }
  return out;
}

}  // namespace fibrehub::web::api
