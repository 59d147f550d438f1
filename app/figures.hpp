// The hub's own figures for /metrics: what the store and the bridge to the actors count.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/metrics.hpp"
#include "store/store_status.hpp"

namespace fibrehub::actors {
class in_flight_gate;
struct clock_figures;
struct delivery_figures;
}  // namespace fibrehub::actors

namespace fibrehub::channels::waha {
class session_board;
}

namespace fibrehub::app {

struct automation_figures;

/// Both must outlive the registry's use.
void add_figures(store::metrics_registry& metrics, std::shared_ptr<store::store_status> status,
                 const actors::in_flight_gate& gate);
void add_automation_figures(store::metrics_registry& metrics,
                            const std::shared_ptr<automation_figures>& figures);
void add_clock_figures(store::metrics_registry& metrics,
                       const std::shared_ptr<actors::clock_figures>& figures);
/// Of each WhatsApp bridge that sends.
void add_delivery_figures(
    store::metrics_registry& metrics,
    const std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>>& bridges);
/// Of the sessions of each WhatsApp bridge that has an address.
void add_session_figures(
    store::metrics_registry& metrics,
    const std::vector<std::pair<std::string, std::shared_ptr<const channels::waha::session_board>>>&
        bridges);

}  // namespace fibrehub::app
