//! The keys of the tables that hold no rows.

use super::rows::{ARM, COUNT, RATIO};
use super::{CONTEXT, CONTEXT_MAX, Key, Kind, key};

const DAY_MS: u64 = 86_400_000;
const MS: Kind = Kind::Whole { unit: "milliseconds", min: 1, max: DAY_MS, why: "" };
const ANSWER: Kind = Kind::Whole { unit: "tokens", min: 1, max: CONTEXT_MAX, why: "an answer without a limit may never end" };
const MIB: Kind = Kind::Whole { unit: "MiB", min: 0, max: 1 << 24, why: "" };
const LOCATION: Kind =
    Kind::OneOf { words: &["local"], why: "nothing leaves this machine by default: only \"local\" is accepted today" };
const PERCENT: Kind = Kind::Whole { unit: "percent", min: 0, max: 100, why: "" };
const OPINION: Kind = Kind::OneOf { words: &["off", "embedding", "model"], why: "" };
const LAYOUT: Kind = Kind::OneOf { words: &["scoped", "hierarchical", "family"], why: "" };
const DAYS: Kind = Kind::Whole { unit: "days", min: 0, max: 36_500, why: "" };
const ICONS: Kind = Kind::OneOf { words: &["unicode", "ascii"], why: "" };
const SCREEN: Kind = Kind::OneOf { words: &["full", "inline"], why: "" };
const KEYBOARD: Kind = Kind::OneOf { words: &["auto", "plain"], why: "" };
const EDITING: Kind = Kind::OneOf { words: &["emacs", "vim"], why: "" };
const NOTIFY: Kind = Kind::OneOf { words: &["off", "bell", "osc9"], why: "" };
const LEVEL: Kind = Kind::OneOf { words: &["error", "warn", "info", "debug", "trace"], why: "" };

/// Every key outside the tables of rows.
pub(in crate::config) const KEYS: [Key; 96] = [
    key("defaults", "general", Kind::Model, "\"llama3.1:8b\""),
    key("defaults", "code", Kind::Model, "\"deepseek-coder:6.7b\""),
    key("defaults", "math", Kind::Model, "\"qwen2-math:7b\""),
    key("defaults", "quick", Kind::Model, "\"phi3:mini\""),
    key("defaults", "deep", Kind::Model, "\"llama3.1:8b\""),
    key("defaults", "creative", Kind::Model, "\"mistral:7b\""),
    key("routing", "code_keywords", Kind::Words, "[\"code\", \"debug\"]"),
    key("routing", "math_keywords", Kind::Words, "[\"solve\", \"proof\"]"),
    key("routing", "creative_keywords", Kind::Words, "[\"poem\", \"story\"]"),
    key("routing", "quick_keywords", Kind::Words, "[\"capital of\"]"),
    key("routing", "deep_keywords", Kind::Words, "[\"weigh up\"]"),
    key("routing", "tools_keywords", Kind::Words, "[\"open a ticket\"]"),
    key("routing", "unsure_below", PERCENT, "40"),
    key("routing", "small_up_to", Kind::Whole { unit: "", min: 1, max: 9, why: "" }, "4"),
    key("routing", "medium_up_to", Kind::Whole { unit: "", min: 2, max: 10, why: "" }, "7"),
    key("routing", "hedge", Kind::Switch, "false"),
    key("fallbacks", "general", Kind::Chain, "[\"deep\"]"),
    key("fallbacks", "code", Kind::Chain, "[\"deep\", \"general\"]"),
    key("fallbacks", "math", Kind::Chain, "[\"deep\", \"general\"]"),
    key("fallbacks", "quick", Kind::Chain, "[\"general\"]"),
    key("fallbacks", "deep", Kind::Chain, "[\"general\"]"),
    key("fallbacks", "creative", Kind::Chain, "[\"general\"]"),
    key("timeouts", "quick_ms", MS, "100"),
    key("timeouts", "standard_ms", MS, "2000"),
    key("timeouts", "deep_ms", MS, "30000"),
    key("timeouts", "connect", Kind::Duration, "\"2s\""),
    key("timeouts", "first_token", Kind::Duration, "\"120s\""),
    key("timeouts", "first_token_resident", Kind::Duration, "\"30s\""),
    key("timeouts", "stall", Kind::Duration, "\"60s\""),
    key("timeouts", "second_opinion", Kind::Duration, "\"400ms\""),
    key("privacy", "default_location", LOCATION, "\"local\""),
    key("privacy", "allow_external", Kind::Switch, "false"),
    key("privacy", "force_local", Kind::Switch, "false"),
    key("privacy", "secret_scan_before_external", Kind::Switch, "true"),
    key("privacy", "trusted_hosts", Kind::Hosts, "[\"gpu-box\", \"192.168.1.20\"]"),
    key("privacy", "consent_timeout", Kind::Duration, "\"10m\""),
    key("secrets", "allow", Kind::Texts, "[\"re:^example-\"]"),
    key("ollama", "host", Kind::Host, "\"http://127.0.0.1:11434\""),
    key("ollama", "num_ctx", CONTEXT, "8192"),
    key("ollama", "num_predict", ANSWER, "4096"),
    key("ollama", "second_opinion", OPINION, "\"embedding\""),
    key("ollama", "keep_alive", Kind::Duration, "\"15m\""),
    key("gpu", "memory_mib", MIB, "8192"),
    key("gpu", "reserve_mib", MIB, "512"),
    key("gpu", "pressure", PERCENT, "95"),
    key("gpu", "bypass", Kind::Whole { unit: "questions", min: 0, max: 1000, why: "" }, "4"),
    key("gpu", "patience", Kind::Duration, "\"20s\""),
    key("gpu", "ageing", Kind::Duration, "\"60s\""),
    key("gpu", "preload", Kind::Switch, "true"),
    key("health", "failures", Kind::Whole { unit: "failures", min: 2, max: 100, why: "one failure says little" }, "3"),
    key("health", "worst_rate", Kind::Whole { unit: "percent", min: 1, max: 100, why: "" }, "50"),
    key("health", "longest_rest", Kind::Duration, "\"30s\""),
    key("pools", "in_flight", Kind::Whole { unit: "requests", min: 1, max: 512, why: "" }, "8"),
    key("pools", "oldest", Kind::Duration, "\"10m\""),
    key("pools", "idle", Kind::Duration, "\"60s\""),
    key("ace", "playbooks", Kind::Switch, "true"),
    key("ace", "prompt_tokens", Kind::Whole { unit: "tokens", min: 0, max: 100_000, why: "" }, "800"),
    key("ace", "budget_tokens", Kind::Whole { unit: "tokens", min: 100, max: 1_000_000, why: "" }, "10000"),
    key("ace", "trial", PERCENT, "20"),
    key("ace", "layout", LAYOUT, "\"hierarchical\""),
    key("ace", "observations", COUNT, "3"),
    key("ace", "staging_helpful", COUNT, "5"),
    key("ace", "staging_ratio", RATIO, "3.0"),
    key("ace", "prod_helpful", COUNT, "8"),
    key("ace", "prod_ratio", RATIO, "5.0"),
    key("ace", "lift_answers", ARM, "20"),
    key("ace", "learn", Kind::Switch, "true"),
    key("ace", "learn_unrated", Kind::Switch, "false"),
    key("ace", "auto_accept", Kind::Switch, "false"),
    key("ace", "idle", Kind::Duration, "\"10s\""),
    key("ace", "model", Kind::MaybeModel, "\"qwen2.5:7b\""),
    key("ace", "prompts", Kind::Name { reserved: &[] }, "\"v2\""),
    key("ace", "retries", Kind::Whole { unit: "", min: 0, max: 10, why: "" }, "2"),
    key("ace", "retry_prompt", Kind::Text { most: 4000, empty: true }, "\"Answer with one JSON object.\""),
    key("history", "keep_days", DAYS, "90"),
    key("history", "undo_days", DAYS, "7"),
    key("ui", "mouse", Kind::Switch, "true"),
    key("ui", "hyperlinks", Kind::Switch, "true"),
    key("ui", "theme", Kind::Name { reserved: &[] }, "\"dark\""),
    key("ui", "icons", ICONS, "\"ascii\""),
    key("ui", "animations", Kind::Switch, "false"),
    key("ui", "title", Kind::Switch, "false"),
    key("ui", "notify", NOTIFY, "\"osc9\""),
    key("ui", "keyboard", KEYBOARD, "\"plain\""),
    key("ui", "editing", EDITING, "\"vim\""),
    key("terminal", "plain", Kind::Switch, "true"),
    key("terminal", "screen", SCREEN, "\"inline\""),
    key("log", "level", LEVEL, "\"info\""),
    key("log", "message_text", Kind::Switch, "false"),
    key("labels", "external", Kind::Switch, "true"),
    key("labels", "high_stakes", Kind::Switch, "true"),
    key("labels", "maths", Kind::Switch, "true"),
    key("labels", "code", Kind::Switch, "true"),
    key("labels", "tax_words", Kind::Words, "[\"tax return\", \"vat\"]"),
    key("labels", "medical_words", Kind::Words, "[\"diagnosis\", \"dosage\"]"),
    key("labels", "legal_words", Kind::Words, "[\"lawsuit\", \"custody\"]"),
];
