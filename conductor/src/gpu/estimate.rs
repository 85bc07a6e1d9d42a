//! How much memory a model will take, before anybody has seen it.

use crate::domain::Model;

/// What the computation takes beside weights and cache, in bytes: the graph and its buffers, which grow with the window.
/// Ollama's own estimate of them is between 0.3 and 0.8 GiB for models of 1 to 14 billion parameters at 8192 tokens.
const OVERHEAD: u64 = 400 << 20;
const OVERHEAD_PER_TOKEN: u64 = 24 << 10;

/// Where nothing is known of a model's layers, a token's keys and values take about so many millionths of the file: an 8B
/// model with shared heads has 128 KiB a token and a file of 4.9 GB.
const CACHE_SHARE: u64 = 27;

/// The window, in tokens, with which a model takes what the user's configuration says of it (`memory_bytes`).
const TOLD_WITH: u32 = 8192;

/// Bytes of memory that `model` takes with the window that it is asked with: the file, the key-value cache (2 x layers x
/// key-value heads x head size x tokens x 2 bytes), and the computation.
pub fn bytes(model: &Model) -> u64 {
    let tokens = u64::from(model.num_ctx);
    let cache = cache_per_token(model).saturating_mul(tokens);
    model.size_bytes.saturating_add(cache).saturating_add(OVERHEAD).saturating_add(OVERHEAD_PER_TOKEN * tokens)
}

fn cache_per_token(model: &Model) -> u64 {
    model.kv_bytes_per_token.unwrap_or(model.size_bytes / 1_000_000 * CACHE_SHARE)
}

/// `told` bytes with a window of [`TOLD_WITH`] tokens, where that of `model` is another: each token takes as much as it would by
/// [`bytes`].
fn at_window(told: u64, model: &Model) -> u64 {
    let per_token = cache_per_token(model).saturating_add(OVERHEAD_PER_TOKEN);
    let apart = per_token.saturating_mul(u64::from(model.num_ctx.abs_diff(TOLD_WITH)));
    if model.num_ctx >= TOLD_WITH { told.saturating_add(apart) } else { told.saturating_sub(apart).max(model.size_bytes) }
}

/// The same in MiB. What was seen of a model wins over what the user's configuration says of it, `told` bytes, and that over what is
/// thought of it.
pub fn mib(model: &Model, told: Option<u64>) -> u64 {
    let seen = model.resident.filter(|_| model.is_warm()).map(|held| held.size_bytes).filter(|bytes| *bytes > 0);
    seen.or_else(|| told.map(|told| at_window(told, model))).unwrap_or_else(|| bytes(model)).div_ceil(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BackendId, Capabilities, Licence, Location, ModelId, Residency};

    fn model(size_bytes: u64, kv: Option<u64>, num_ctx: u32) -> Model {
        Model {
            id: ModelId::new("m:1"),
            backend: BackendId::ollama(),
            location: Location::Local,
            family: String::new(),
            parameters: String::new(),
            quantization: String::new(),
            size_bytes,
            trained_context: None,
            num_ctx,
            capabilities: Capabilities::default(),
            resident: None,
            licence: Licence::default(),
            prices: None,
            obstacle: None,
            kv_bytes_per_token: kv,
        }
    }

    #[test]
    fn weights_cache_and_computation() {
        let kib = 1 << 10;
        for (what, model, gib) in [
            // llama3.1:8b: a file of 4.92 GB, 128 KiB of cache a token.
            ("8b at 8192", model(4_920_000_000, Some(128 * kib), 8192), 5.9..6.4),
            ("8b at 131072", model(4_920_000_000, Some(128 * kib), 131_072), 23.0..25.0),
            ("nothing known of its layers", model(4_920_000_000, None, 8192), 5.9..6.4),
            ("no file", model(0, None, 8192), 0.3..0.7),
        ] {
            let found = bytes(&model) as f64 / f64::from(1 << 30);
            assert!(gib.contains(&found), "{what}: {found}");
        }
        assert_eq!(bytes(&model(u64::MAX, Some(u64::MAX), u32::MAX)), u64::MAX);
    }

    #[test]
    fn what_was_seen_wins_where_the_window_is_the_same() {
        let seen = |context| Model {
            resident: Some(Residency { size_bytes: 7 << 30, vram_bytes: 5 << 30, context, expires_ms: None }),
            ..model(5 << 30, Some(1 << 17), 8192)
        };
        for told in [None, Some(9 << 30)] {
            assert_eq!(mib(&seen(Some(8192)), told), 7 << 10);
            assert_eq!(mib(&seen(None), told), 7 << 10);
        }
        assert_eq!(mib(&seen(Some(4096)), None), bytes(&seen(None)).div_ceil(1 << 20));
        assert_eq!(mib(&seen(Some(4096)), Some(9 << 30)), 9 << 10);
    }

    #[test]
    fn what_the_configuration_says_is_for_one_window_and_counts_for_others_with_their_cache() {
        // 128 KiB of cache and 24 KiB of computation a token.
        for (told, num_ctx, want) in [(6 << 30, 8192, 6144), (6 << 30, 16384, 6144 + 1216), (6 << 30, 4096, 6144 - 608)] {
            assert_eq!(mib(&model(5 << 30, Some(1 << 17), num_ctx), Some(told)), want, "{num_ctx}");
        }
        // Never less than its file.
        assert_eq!(mib(&model(5 << 30, Some(1 << 17), 512), Some(5 << 30)), 5 << 10);
        assert_eq!(mib(&model(u64::MAX, Some(u64::MAX), u32::MAX), Some(u64::MAX)), u64::MAX.div_ceil(1 << 20));
        assert_eq!(mib(&model(u64::MAX, Some(u64::MAX), 0), Some(0)), u64::MAX.div_ceil(1 << 20));
    }
}
