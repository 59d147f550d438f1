// Who may be asked: whatever needs a session waits while the session does not work.
#pragma once

#include "store/sql_time.hpp"

/// Of wa_sessions `s`, joined or absent, at `us`. Who was last heard not to work is asked itself
/// after a while: the word that it works again may have been lost.
#define FIBREHUB_SESSION_MAY_WORK(s, us)                    \
  "(" s ".status IS NULL OR " s ".status = 'WORKING' OR " s \
  ".updated_at < " FIBREHUB_SQL_INSTANT(us) " - interval '10 minutes')"
