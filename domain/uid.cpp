#include "domain/uid.hpp"

#include <fmt/format.h>

#include <utility>

namespace fibrehub::domain {
namespace {

bool is_counter(std::string_view name) {
  return !name.empty() && name.find_first_not_of('n') == std::string_view::npos;
}

uid_template must(std::string_view text) {
  return *uid_template::parse(text);
}

}  // namespace

tl::expected<uid_template, std::string> uid_template::parse(std::string_view text) {
  uid_template out;
  out.text_ = std::string(text);
  bool identifies = false;
  for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string_view::npos;) {
    const std::size_t close = text.find('}', at);
    if (text[at] == '}' || close == std::string_view::npos)
      return tl::unexpected(
          fmt::format("UID template \"{}\": unbalanced brace at column {}", text, at + 1));
    const std::string_view name = text.substr(at + 1, close - at - 1);
    if (is_counter(name)) {
      if (out.counter_digits_ != 0)
        return tl::unexpected(fmt::format("UID template \"{}\" counts twice", text));
      out.counter_digits_ = name.size();
    } else if (name == "ref") {
      identifies = true;
    } else if (name != "drop" && name != "YYYY") {
      return tl::unexpected(
          fmt::format("UID template \"{}\": unknown placeholder {{{}}}, allowed are ref, drop, "
                      "YYYY and n, nn, …",
                      text, name));
    }
    at = close + 1;
  }
  if (out.counter_digits_ == 0 && !identifies)
    return tl::unexpected(fmt::format(
        "UID template \"{}\" would name two tickets alike: it needs {{ref}} or a counter", text));
  return out;
}

std::string uid_template::scope(const uid_inputs& in) const {
  return fill(in, "#");
}

std::string uid_template::render(const uid_inputs& in, std::int64_t number) const {
  return fill(in, fmt::format("{:0{}}", number, counter_digits_ == 0 ? 1 : counter_digits_));
}

std::string uid_template::fill(const uid_inputs& in, std::string_view counter) const {
  std::string out;
  for (std::size_t at = 0; at < text_.size();) {
    if (text_[at] != '{') {
      out += text_[at++];
      continue;
    }
    const std::size_t close = text_.find('}', at);
    const std::string_view name(text_.data() + at + 1, close - at - 1);
    if (name == "ref") {
      out += in.reference;
    } else if (name == "drop") {
      out += in.drop;
    } else if (name == "YYYY") {
      out += fmt::format("{:04}", in.year);
    } else {
      out += counter;
    }
    at = close + 1;
  }
  return out;
}

uid_templates uid_templates::defaults() {
  uid_templates out;
  out.by_source = {{ticket_source::qcontact, must("FT{ref}")},
                   {ticket_source::fibertime, must("TKT-{YYYY}-{nnnnn}")},
                   {ticket_source::wa_inbound, must("DR{drop}-{nn}")},
                   {ticket_source::email, must("EML-{nnnn}")},
                   {ticket_source::construction, must("DR{drop}-{nn}")},
                   {ticket_source::ff_internal, must("FF-{nnnn}")},
                   {ticket_source::adhoc, must("AH-{nnnn}")},
                   {ticket_source::preventative, must("TKT-{YYYY}-{nnnnn}")},
                   {ticket_source::api, must("TKT-{YYYY}-{nnnnn}")}};
  out.chat_without_drop = must("WA-{nnnn}");
  return out;
}

const uid_template& uid_templates::select(ticket_source source, const uid_inputs& in) const {
  if (source == ticket_source::wa_inbound && in.drop.empty()) return chat_without_drop;
  return by_source.at(source);
}

}  // namespace fibrehub::domain
