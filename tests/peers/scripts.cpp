#include "peers/scripts.hpp"

namespace fibrehub::peers {

namespace {

using text = std::string_view;
using enum speaker;

constexpr text no_signal[] = {
    "No signal at {drop} since this morning",
    "Hi, no internet since last night. My number is {drop}",
    "Good morning, our fibre is down again. {drop}. Please send someone",
    "Morning team, {drop} has no connection, the box shows a red light",
    "hello my wifi is off since {time}, {drop} {street}",
    "Dumelang, ga go na internet at {drop}. Can you help?",
    "Sawubona, internet is not working at my house {drop} since {time}",
    "Goeie môre, geen internet by {drop} nie. Kan julle asb help?",
    "Eish my fibre went off when the load shedding came back, {drop}",
    "{drop} no light on the ONT. I restarted it two times already",
    "Please help. Los is red on the white box. {drop}\nI work from home 🙏",
};
constexpr text slow_line[] = {
    "My line is very slow since the storm. {drop}",
    "Speed is only 2 Mbps, I pay for 50. {drop}",
    "Internet keeps dropping every few minutes at {drop}",
    "Netflix is buffering the whole evening, can somebody check {drop}?",
};
constexpr text no_number[] = {
    "Hi is there a fibre problem in {project}? Mine is off",
    "Hello, I want to report no internet please",
    "Good day. When will the technician come? Waiting since Monday",
    "My neighbour has internet and I don't, how come?",
    "Hi, a truck pulled the cable down in {street} now now",
    "I moved the router to the bedroom and now it does not work",
    "Can someone please phone me, I have been trying the whole day",
};
constexpr text logged[] = {
    "Hi {first}, thanks for letting us know. We are checking {drop} now",
    "Good day {first}, we have logged this. A technician will contact you today",
    "Hi {first}. Is the LOS light on the box red or off?",
    "Thank you {first}, I see {drop} is offline on our side as well. Sending someone",
};
constexpr text ask_number[] = {
    "Hi {first}, can you please send me your drop number? It is on the sticker on the box",
    "Hello {first}, what is your DR number please?",
};
constexpr text give_number[] = {
    "It says {drop}",
    "{drop}",
    "the sticker is half torn but I think {drop}",
    "ok let me look... {drop} 👍",
};
constexpr text details[] = {
    "Red light on the box, it blinks",
    "The light is off completely",
    "Still nothing, I restarted it 3 times",
    "Only the power light is green, the rest is dead",
    "It came back for 5 minutes and then died again",
    "Yes red. My neighbour at number {n} has the same problem",
    "I am home until {time}, after that nobody is here",
};
constexpr text photo_box[] = {"This is how it looks", "See the red light", "Photo of the box",
                              "The cable by the wall is broken"};
constexpr text booked[] = {
    "Thank you. {tech} will be there between {time} and 17:00",
    "Ok {first}, I booked {tech} for today",
    "Noted, we will keep you posted",
};
constexpr text thanks[] = {"Thank you",   "Thanks so much 🙏", "Ok shap",        "Dankie",
                           "Ke a leboga", "Ngiyabonga",       "Ok I am waiting"};
constexpr text voice_only[] = {""};
constexpr text start_job[] = {
    "Morning all, starting at {drop} now",
    "On site {drop} {street}",
    "Team, I am at {drop}, customer says no signal since yesterday",
    "Picking up {drop} and {drop2} this morning",
    "En route to {drop}, ETA 20 min",
};
constexpr text progress[] = {
    "Red light on ONT, splice done, -{dbm} dBm",
    "Fault is between pole {pole} and the house, replacing drop cable",
    "Power at the dome is -{dbm} dBm, ONT gets nothing. Bad connector",
    "Rats ate the cable in the roof again 🐀",
    "Need a ladder truck, the span over {street} is hanging low",
    "Customer not home, phoned twice no answer",
    "Reterminated, now -{dbm} dBm, testing speed",
    "Waiting for the customer to open, there is a dog in the yard",
};
constexpr text photo_work[] = {
    "Splice tray {drop}",         "Power meter reading",
    "Before and after at {drop}", "Photo 5 resent, sorry it was blurry",
    "Cable entry sealed {drop}",  "",
};
constexpr text finish[] = {
    "{drop} done, client online ✅",
    "Completed, -{dbm} dBm at the ONT, speed test 48/47",
    "Done here, customer happy. Moving to {drop2}",
    "{drop} restored. As-built to follow",
    "Job done but the pole {pole} must be replaced, please log it",
};
constexpr text praise[] = {"Well done {first}", "Thanks {first}, closing it 👍",
                           "Great. Please upload all the photos before 16:00"};
constexpr text outage[] = {
    "Whole street is off in {street}, I count 8 houses",
    "Pole {pole} is lying in the road after a truck hit it",
    "Fibre cut by the water people near {street}, {drop} and {drop2} affected",
    "Vandalism at the dome by {street}, cables cut",
};
constexpr text outage_answer[] = {
    "Copy, sending the splicing team. {tech} please go",
    "Thanks, we see {n} ONTs down. Stay on site please",
};
constexpr text pin[] = {"{street}", "Pole {pole}", "Dome at {street}"};
constexpr text resend[] = {
    "Hi {first}, please resend photo 5 of {drop}, it is not clear",
    "{first}, photo of the ground level enclosure for {drop} is missing",
    "QA failed {drop}: the drop cable is not clipped. Please go back and fix",
};
constexpr text ask_light[] = {
    "Please give me the OLT port of {drop}, I cannot see it",
    "What is the light level on your side for {drop}?",
    "Hi desk, {drop} is not on the system, which project is that?",
    "Stock: I need 2 ONTs and a roll of drop cable, job {drop}",
};
constexpr text light_answer[] = {"-{dbm} dBm at 10:20, looks ok", "OLT 3 slot 2 port {n}",
                                 "It is {project}, zone {n}"};
constexpr text document[] = {"OTDR report {drop}", "As-built {drop}"};
constexpr text ok[] = {"Sharp", "Ok", "Copy that", "👍", "Will do, thanks"};

constexpr auto image = content::image;
constexpr auto voice = content::voice;
constexpr auto plain = content::text;
constexpr auto location = content::location;
constexpr auto paper = content::document;

constexpr script_step down_steps[] = {{other, plain, no_signal}, {staff, plain, logged},
                                      {other, plain, details},   {other, image, photo_box},
                                      {staff, plain, booked},    {other, plain, thanks, true}};
constexpr script_step down_short[] = {{other, plain, no_signal}, {other, plain, details}};
constexpr script_step slow_steps[] = {{other, plain, slow_line},
                                      {staff, plain, logged},
                                      {other, voice, voice_only},
                                      {staff, plain, booked, true}};
constexpr script_step unknown_steps[] = {{other, plain, no_number},
                                         {staff, plain, ask_number},
                                         {other, plain, give_number, true},
                                         {staff, plain, booked},
                                         {other, plain, thanks}};
constexpr script_step unknown_voice[] = {
    {other, voice, voice_only}, {other, plain, no_number}, {staff, plain, ask_number}};
constexpr script_step job_steps[] = {{other, plain, start_job},  {other, plain, progress},
                                     {other, image, photo_work}, {other, plain, progress},
                                     {other, plain, finish},     {staff, plain, praise, true}};
constexpr script_step job_quick[] = {
    {other, plain, start_job}, {other, image, photo_work}, {other, plain, finish}};
constexpr script_step outage_steps[] = {
    {other, plain, outage},     {other, location, pin},   {staff, plain, outage_answer, true},
    {other, image, photo_work}, {other, plain, progress}, {other, plain, finish}};
constexpr script_step qa_steps[] = {{staff, plain, resend},
                                    {other, plain, ok, true},
                                    {other, image, photo_work},
                                    {staff, plain, praise}};
constexpr script_step desk_steps[] = {
    {other, plain, ask_light}, {staff, plain, light_answer, true}, {other, plain, ok}};
constexpr script_step report_steps[] = {
    {other, paper, document}, {other, plain, finish}, {staff, plain, praise, true}};

constexpr script all_scripts[] = {
    {place::customer_chat, 6, down_steps},     {place::customer_chat, 4, down_short},
    {place::customer_chat, 3, slow_steps},     {place::customer_chat, 3, unknown_steps},
    {place::customer_chat, 1, unknown_voice},  {place::project_group, 6, job_steps},
    {place::project_group, 4, job_quick},      {place::project_group, 2, outage_steps},
    {place::technician_chat, 2, qa_steps},     {place::technician_chat, 3, desk_steps},
    {place::technician_chat, 2, report_steps},
};

constexpr text posts[] = {"Happy Friday 🎉", "Braai tonight at my place", "Amapiano mix 🔥",
                          "New car wash open in Extension 3", "Rest in peace gogo 🕊️"};
constexpr text emojis[] = {"👍", "🙏", "❤️", "😂", ""};

}  // namespace

std::span<const script> scripts() {
  return all_scripts;
}
std::span<const std::string_view> status_posts() {
  return posts;
}
std::span<const std::string_view> reaction_emojis() {
  return emojis;
}

}  // namespace fibrehub::peers
