#include "app/import_command.hpp"

#include <cstdio>

#include "app/commands.hpp"
#include "app/import_file.hpp"
#include "domain/reference.hpp"
#include "store/migrations.hpp"

namespace fibrehub::app {
namespace {

struct import_request {
  std::string kind;
  std::vector<std::string> columns;
  import_options options;
};

int complain(const std::string& sentence) {
  std::fprintf(stderr, "fibrehub: %s\n", sentence.c_str());
  return exit_usage;
}

int import(store::connection& db, const import_options& options) {
  if (auto done = store::migrate(db); !done) return complain("store.url: " + done.error());
  return import_file(db, options);
}

/// `DR Number=code`: a file's own name for a column, and ours; without ours it is left out.
tl::expected<void, std::string> read_columns(import_request& request) {
  for (const std::string& pair : request.columns) {
    const std::size_t middle = pair.rfind('=');
    if (middle == std::string::npos || middle == 0)
      return tl::unexpected(
          fmt::format("--columns: \"{}\" has to be their=ours, or their= to leave it out", pair));
    request.options.renamed[pair.substr(0, middle)] = pair.substr(middle + 1);
  }
  return {};
}

int run_import(const config::schema& schema, const config::config_source& source,
               import_request& request) {
  request.options.kind = domain::find_reference(request.kind)->kind;
  if (auto read = read_columns(request); !read) return complain(read.error());
  const auto values = load_or_complain(schema, source);
  if (!values) return exit_usage;
  return with_database(*values, [&](store::connection& db) { return import(db, request.options); });
}

}  // namespace

void add_import_command(CLI::App& program, const config::schema& schema,
                        const config::config_source& source, int& exit_code) {
  auto request = std::make_shared<import_request>();
  std::vector<std::string> kinds;
  for (const domain::reference_declaration& d : domain::reference_declarations())
    kinds.emplace_back(d.name);
  CLI::App* command = program.add_subcommand(
      "import", "Take in reference data from a CSV file; again changes nothing");
  command->add_option("kind", request->kind, "What the file holds")
      ->required()
      ->check(CLI::IsMember(kinds));
  command->add_option("file", request->options.file, "The CSV file; - reads standard input")
      ->required();
  command->add_flag("--dry-run", request->options.dry_run, "Check everything, keep nothing");
  command
      ->add_option("--columns", request->columns,
                   "Their name of a column = ours, more after commas; their= leaves it out")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--stop-after", request->options.stop_after,
                   "Stop once so many rows have failed; 0: never")
      ->check(CLI::Range(0, 1'000'000'000));
  command->add_option("--errors", request->options.errors_file,
                      "Write a CSV file with the line and reason of every row that failed");
  command->add_flag("--no-tickets", request->options.no_tickets,
                    "Raise no tickets for failed reviews: for history that was dealt with");
  command->callback([&schema, &source, &exit_code, request] {
    exit_code = run_import(schema, source, *request);
  });
}

}  // namespace fibrehub::app
