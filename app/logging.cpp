#include "app/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "domain/text.hpp"

namespace fibrehub::app {
namespace {

/// `%J`: the message, escaped.
class json_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string text = escape_json({msg.payload.data(), msg.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<json_message>();
  }
};

std::unique_ptr<spdlog::formatter> make_formatter(const std::string& format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<json_message>('J');
  formatter->set_pattern(format == "json"
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","message":"%J"})"
                             : "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v");
  return formatter;
}

}  // namespace

std::string escape_json(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (char c : domain::storable(text, 16 * 1024)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<int>(byte));
    } else {
      out += c;
    }
  }
  return out;
}

tl::expected<void, std::string> set_up_logging(const log_settings& s) {
  try {
    spdlog::sink_ptr sink;
    if (s.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(s.file);
    }
    auto logger = std::make_shared<spdlog::logger>("fibrehub", std::move(sink));
    logger->set_formatter(make_formatter(s.format));
    logger->set_level(spdlog::level::from_str(s.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    return {};
  } catch (const spdlog::spdlog_ex& e) {
    return tl::unexpected(fmt::format("the log cannot be opened: {}", e.what()));
  }
}

}  // namespace fibrehub::app
