#include "app/import_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "app/import_progress.hpp"
#include "domain/reference_check.hpp"
#include "protocols/csv.hpp"
#include "store/pq.hpp"
#include "store/reference/upsert.hpp"

namespace fibrehub::app {
namespace {

using namespace std::chrono_literals;

constexpr int all_taken = 0, some_failed = 1, unusable = 2;
constexpr std::size_t chunk_bytes = 262'144;
constexpr std::size_t shown_errors = 50;  // on standard error; the file has all
constexpr int max_tries = 6;              // of a batch another writer is in the way of

// As the hub takes its ids: a block at a time.
constexpr store::sql next_block{"import_next_block", "SELECT nextval('id_blocks')"};
constexpr int block_bits = 16;

struct file_closer {
  void operator()(std::FILE* f) const {
    if (f != stdin) std::fclose(f);
  }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

/// What a file holds may be shown on a terminal, but not steer it.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

/// A row with the line it stands on.
struct numbered_row {
  std::size_t line = 0;
  domain::reference_row row;
};

class import_work {
 public:
  import_work(store::connection& db, const import_options& options)
      : db_(db), options_(options), declaration_(domain::declaration_of(options.kind)) {}

  int operator()() {
    if (!open_files()) return unusable;
    bool complete = read_all();
    // What stands before a line that cannot be read is taken.
    if (!batch_.empty() && !stopped_ && !database_failed_) complete = write_batch() && complete;
    progress_->end();
    if (complete || rows_ > 0) say_summary();
    if (!complete) return unusable;
    return failed_ == 0 ? all_taken : some_failed;
  }

 private:
  bool complain(const std::string& sentence) {
    if (progress_) progress_->end();
    std::fprintf(stderr, "fibrehub: %s\n", printable(sentence).c_str());
    return false;
  }
  bool complain_at(std::size_t line, const std::string& sentence) {
    return complain(fmt::format("{}:{}: {}", name(), line, sentence));
  }
  std::string name() const { return options_.file == "-" ? "standard input" : options_.file; }

  bool open_files() {
    input_.reset(options_.file == "-" ? stdin : std::fopen(options_.file.c_str(), "rb"));
    if (!input_) return complain(fmt::format("{}: {}", options_.file, std::strerror(errno)));
    struct stat about {};
    if (fstat(fileno(input_.get()), &about) == 0 && S_ISDIR(about.st_mode))
      return complain(fmt::format("{} is a folder", options_.file));
    progress_.emplace(std::string(declaration_.name),
                      S_ISREG(about.st_mode) ? static_cast<std::size_t>(about.st_size) : 0);
    if (options_.errors_file.empty()) return true;
    errors_.reset(std::fopen(options_.errors_file.c_str(), "wb"));
    if (!errors_)
      return complain(fmt::format("{}: {}", options_.errors_file, std::strerror(errno)));
    std::fputs("line,code,field,reason\r\n", errors_.get());
    return true;
  }

  /// False when the file cannot be read to its end; the reason has been printed.
  bool read_all() {
    std::string chunk(chunk_bytes, '\0');
    bool more = true;
    while (more && !stopped_) {
      const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), input_.get());
      if (got == 0 && std::ferror(input_.get()))
        return complain(fmt::format("{}: {}", name(), std::strerror(errno)));
      more = got > 0;
      bytes_ += got;
      more ? reader_.feed(std::string_view(chunk).substr(0, got)) : reader_.finish();
      if (!take_rows()) return false;
    }
    if (header_.empty() && !stopped_) return complain_at(1, "there is no header");
    return true;
  }

  bool take_rows() {
    while (!stopped_) {
      auto row = reader_.next();
      if (!row) return complain_at(row.error().line, row.error().message);
      if (!*row) return true;
      if (header_.empty() ? !take_header(**row) : !take_row(**row)) return false;
    }
    return true;
  }

  bool take_header(const protocols::csv_row& row) {
    auto match = domain::match_header(declaration_, row.fields, options_.renamed);
    if (match) {
      header_ = std::move(*match);
      return true;
    }
    complain_at(row.line, match.error());
    std::fputs(
        "fibrehub: --columns \"their name=ours\" renames a column, \"their name=\" leaves it "
        "out\n",
        stderr);
    return false;
  }

  bool take_row(const protocols::csv_row& row) {
    if (++rows_ > max_import_rows)
      return complain_at(row.line,
                         fmt::format("more than {} rows; split the file", max_import_rows));
    numbered_row& taken = batch_.emplace_back();
    taken.line = row.line;
    taken.row = check(row);
    pending_failures_ += taken.row.problems.empty() ? 0 : 1;
    const bool enough =
        options_.stop_after != 0 && failed_ + pending_failures_ >= options_.stop_after;
    return batch_.size() < store::max_reference_rows && !enough ? true : write_batch();
  }

  domain::reference_row check(const protocols::csv_row& row) {
    if (row.fields.size() != header_.size()) {
      domain::reference_row bad;
      bad.cells.resize(declaration_.columns.size());
      bad.problems.push_back({"row", fmt::format("has {} fields, the header has {}",
                                                 row.fields.size(), header_.size())});
      return bad;
    }
    std::vector<domain::given_cell> cells;
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (header_[i]) cells.push_back({declaration_.columns[*header_[i]].name, row.fields[i]});
    domain::reference_row out = domain::check_row(declaration_, cells);
    if (!out.problems.empty()) return out;
    const auto [before, fresh] = line_of_code_.try_emplace(out.code(), row.line);
    if (!fresh)
      out.problems.push_back({std::string(declaration_.columns.front().name),
                              fmt::format("is on line {} already", before->second)});
    return out;
  }

  /// False when the database cannot take it; the reason has been printed.
  bool write_batch() {
    store::upsert_reference request;
    request.kind = options_.kind;
    request.dry_run = options_.dry_run;
    request.raise_tickets = !options_.no_tickets;
    for (const numbered_row& r : batch_)
      request.rows.push_back(r.row);
    try {
      const store::upsert_summary done = patiently(request);
      created_ += done.created;
      updated_ += done.updated;
      unchanged_ += done.unchanged;
      tickets_ += done.tickets_raised;
      for (std::size_t i = 0; i < done.rows.size(); ++i)
        if (done.rows[i].outcome == store::row_outcome::error) report(batch_[i].line, done.rows[i]);
    } catch (const std::exception& e) {
      database_failed_ = true;
      return complain(fmt::format(
          "lines {} to {} were not taken: {}; what was before them is in, start it again",
          batch_.front().line, batch_.back().line, e.what()));
    }
    batch_.clear();
    pending_failures_ = 0;
    stopped_ = options_.stop_after != 0 && failed_ >= options_.stop_after;
    progress_->at(rows_, bytes_);
    return true;
  }

  store::upsert_summary patiently(const store::upsert_reference& request) {
    for (int tries = 1;; ++tries) {
      try {
        return write(request);
      } catch (const store::try_later&) {
        if (tries == max_tries) throw;
      }
      std::this_thread::sleep_for(100ms * (1 << tries));
    }
  }

  store::upsert_summary write(const store::upsert_reference& request) {
    if (options_.kind == domain::reference_kind::qa_photo_reviews) reserve_ids();
    store::write_origin origin;
    origin.by.id = "system";
    origin.by.name = "fibrehub import";
    origin.by.as = domain::role::admin;
    origin.at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    // A hub that runs beside this sees the rows, not the events.
    store::change_context context{origin, [this] { return next_id_++; }, {}, {}};
    return db_.transact([&](auto& tx) {
      auto done = store::upsert_rows(db_, tx, request, context);
      if (!done) throw std::runtime_error(done.error().message);
      return std::move(*done);
    });
  }

  /// At least one id for each row of a batch.
  void reserve_ids() {
    if (last_id_ - next_id_ >= static_cast<std::int64_t>(store::max_reference_rows)) return;
    const auto block = db_.autocommit(
        [&](auto& tx) { return db_.run(tx, next_block)[0][0].template as<std::int64_t>(); });
    next_id_ = block << block_bits;
    last_id_ = next_id_ + (std::int64_t{1} << block_bits) - 1;
  }

  void report(std::size_t line, const store::upserted_row& row) {
    if (++failed_ == 1) progress_->end();
    for (const domain::row_problem& p : row.problems) {
      if (failed_ <= shown_errors)
        std::fprintf(stderr, "%s:%zu: %s%s%s %s\n", name().c_str(), line,
                     printable(row.code).c_str(), row.code.empty() ? "" : ": ", p.field.c_str(),
                     printable(p.reason).c_str());
      if (errors_)
        std::fprintf(errors_.get(), "%zu,%s,%s,%s\r\n", line,
                     protocols::csv_field(row.code).c_str(), protocols::csv_field(p.field).c_str(),
                     protocols::csv_field(p.reason).c_str());
    }
    if (failed_ == shown_errors + 1)
      std::fputs(options_.errors_file.empty()
                     ? "… more rows failed; --errors FILE lists them all\n"
                     : "… more rows failed; the file of --errors has all\n",
                 stderr);
  }

  void say_summary() {
    std::printf("%s: %zu created, %zu updated, %zu unchanged, %zu failed, %zu tickets raised%s%s\n",
                std::string(declaration_.name).c_str(), created_, updated_, unchanged_, failed_,
                tickets_, options_.dry_run ? "; a dry run, nothing was kept" : "",
                stopped_ ? "; stopped early" : "");
    std::fflush(stdout);
  }

  store::connection& db_;
  const import_options& options_;
  const domain::reference_declaration& declaration_;
  file_handle input_, errors_;
  std::optional<import_progress> progress_;
  protocols::csv_reader reader_;
  domain::header_match header_;
  std::vector<numbered_row> batch_;
  std::unordered_map<std::string, std::size_t> line_of_code_;
  bool stopped_ = false;
  bool database_failed_ = false;
  std::size_t rows_ = 0, bytes_ = 0, pending_failures_ = 0;
  std::size_t created_ = 0, updated_ = 0, unchanged_ = 0, failed_ = 0, tickets_ = 0;
  std::int64_t next_id_ = 0, last_id_ = -1;
};

}  // namespace

int import_file(store::connection& db, const import_options& options) {
  return import_work(db, options)();
}

}  // namespace fibrehub::app
