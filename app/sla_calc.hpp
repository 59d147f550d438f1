// One question about a clock and its answer, in the form of tests/data/sla/cases.jsonl.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/sla/clock.hpp"
#include "web/response.hpp"

namespace fibrehub::app {

struct sla_question {
  domain::sla::terms terms;
  domain::sla::clock_state clock;
  domain::instant at;  // elapsed_at
};

/// Every problem of the text, with the path of its field; `id` and `expect` are passed over.
tl::expected<sla_question, std::vector<web::field_problem>> read_sla_question(
    std::string_view object);

/// `{"elapsed_seconds": 5400, "reached": {"75": "2026-…Z", "90": null, "100": null}}`. A level
/// whose share of the target is no whole number of seconds is left out; null: a pause is open
/// before it.
std::string sla_answer(const sla_question& question);

/// How the due instant comes about, as one line of JSON.
std::string sla_explanation(const sla_question& question);

}  // namespace fibrehub::app
