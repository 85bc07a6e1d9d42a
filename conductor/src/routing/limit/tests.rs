//! Limits, as data: what was asked and when, and what went.

use super::*;
use proptest::prelude::*;

fn openai() -> BackendId {
    BackendId::new("openai")
}

fn model() -> ModelId {
    ModelId::new("openai/gpt")
}

fn requests(most: u32) -> Limit {
    Limit { requests_per_minute: Some(most), tokens_per_minute: None }
}

fn tokens(most: u32) -> Limit {
    Limit { requests_per_minute: None, tokens_per_minute: Some(most) }
}

fn limits<const N: usize>(of: [(Subject, Limit); N]) -> Limits {
    Limits::new(of)
}

fn provider(limit: Limit) -> (Subject, Limit) {
    (Subject::Provider(openai()), limit)
}

/// Where each bucket stands, as far as a time past is any time past.
fn levels(limits: &Limits, now: Duration) -> Vec<(String, u64)> {
    let now = now.as_nanos() as u64;
    let mut levels: Vec<_> = limits
        .buckets
        .iter()
        .flat_map(|(subject, b)| [("requests", &b.requests), ("tokens", &b.tokens)].map(|(what, b)| (subject, what, b)))
        .filter_map(|(subject, what, b)| Some((format!("{subject} {what}"), b.as_ref()?.level().max(now))))
        .collect();
    levels.sort();
    levels
}

/// In few words: `go`, `12000` for so many milliseconds to wait, `never`.
fn short(pass: &Pass) -> String {
    match pass {
        Pass::Go(_) => "go".to_owned(),
        Pass::Wait { after, .. } => after.as_millis().to_string(),
        Pass::Never { .. } => "never".to_owned(),
    }
}

/// Asks at each time for so many tokens, and compares.
fn check<const N: usize>(what: &str, of: [(Subject, Limit); N], asked: &[(u64, u32, &str)]) {
    let mut limits = limits(of);
    for (at, tokens, want) in asked {
        let got = limits.check(&openai(), &model(), *tokens, Duration::from_millis(*at));
        assert_eq!(short(&got), *want, "{what}, at {at}: {got:?}");
    }
}

#[test]
fn a_request_goes_waits_or_never_goes() {
    check("no limit", [], &[(0, u32::MAX, "go"), (0, u32::MAX, "go")]);
    let other = Subject::Provider(BackendId::new("other"));
    check("another's limit", [(other, requests(1))], &[(0, 1, "go"), (0, 1, "go")]);
    check("nothing is limited", [provider(Limit::default())], &[(0, 1, "go"), (0, 1, "go")]);
    check("nothing at all is allowed", [provider(requests(0))], &[(0, 1, "never"), (60_000, 1, "never")]);
    check(
        "requests: the burst, then one in 20 s",
        [provider(requests(3))],
        &[
            (0, 1, "go"),
            (0, 1, "go"),
            (0, 1, "go"),
            (0, 1, "20000"),
            (19_000, 1, "1000"),
            (20_000, 1, "go"),
            (20_000, 1, "20000"),
        ],
    );
    check(
        "tokens: one back in 60 ms",
        [provider(tokens(1000))],
        &[
            (0, 1001, "never"),
            (0, 800, "go"),
            (0, 300, "6000"),
            (0, 200, "go"),
            (0, 1, "60"),
            (6_000, 100, "go"),
            (6_000, 0, "60"),
        ],
    );
    check(
        "of a provider's and a model's the longer wait is told",
        [provider(requests(60)), (Subject::Model(model()), requests(2))],
        &[(0, 1, "go"), (0, 1, "go"), (0, 1, "30000"), (30_000, 1, "go"), (30_000, 1, "30000")],
    );
    for (of_provider, of_model) in [(600, 500), (500, 600)] {
        check(
            "of two that refuse the longer wait is told",
            [provider(tokens(of_provider)), (Subject::Model(model()), tokens(of_model))],
            &[(0, 500, "go"), (0, 500, "60000"), (60_000, 500, "go")],
        );
    }
    check(
        "too large for one of two",
        [provider(tokens(1000)), (Subject::Model(model()), tokens(100))],
        &[(0, 101, "never"), (0, 100, "go"), (0, 100, "60000")],
    );
    check("a clock that is late", [provider(requests(2))], &[(90_000, 1, "go"), (90_000, 1, "go"), (90_000, 1, "30000")]);
}

#[test]
fn a_refusal_says_who_and_when() {
    let mut limits = limits([provider(requests(5))]);
    let pass = (0..6).map(|_| limits.check(&openai(), &model(), 1, Duration::ZERO)).last().unwrap();
    assert_eq!(pass.words().unwrap(), "openai allows 5 requests a minute; the next in 12 s");
}

/// A request that one limit refuses takes nothing of the others: else waiting for it would empty them.
#[test]
fn a_refused_request_takes_nothing() {
    let both = Limit { requests_per_minute: Some(10), tokens_per_minute: Some(1000) };
    let mut limits = limits([provider(both), (Subject::Model(model()), both)]);
    let now = Duration::from_secs(3);
    assert_eq!(short(&limits.check(&openai(), &model(), 900, now)), "go");
    let before = levels(&limits, now);
    for (tokens, want) in [(200, "6000"), (200, "6000"), (2000, "never"), (101, "60"), (1000, "54000")] {
        let pass = limits.check(&openai(), &model(), tokens, now);
        assert_eq!((short(&pass).as_str(), levels(&limits, now)), (want, before.clone()), "{tokens}");
    }
    limits.not_before(Target::Backend(openai()), Duration::from_secs(1), now);
    assert_eq!(short(&limits.check(&openai(), &model(), 1, now)), "1000");
    assert_eq!(levels(&limits, now), before);
}

/// Takes `taken` of 1000 a minute, settles for `real` after `later`, and tells how long 1000 wait then.
fn settled(taken: u32, real: u32, later: u64) -> String {
    let mut limits = limits([provider(tokens(1000))]);
    let Pass::Go(pass) = limits.check(&openai(), &model(), taken, Duration::ZERO) else { panic!("{taken}") };
    let now = Duration::from_millis(later);
    limits.settle(pass, real, now);
    short(&limits.check(&openai(), &model(), 1000, now))
}

#[test]
fn the_real_count_takes_the_place_of_the_estimate() {
    for (taken, real, later, want) in [
        (500, 500, 0, "30000"),
        (500, 500, 10_000, "20000"),
        (500, 0, 0, "go"),
        (500, 100, 0, "6000"),
        // 400 did not come back in time; that they were not used gives no more than a full bucket.
        (500, 100, 10_000, "go"),
        (1000, 0, 59_000, "go"),
        (500, 700, 0, "42000"),
        (500, 700, 60_000, "12000"),
        // More than a whole bucket is not owed.
        (500, 1_000_000, 0, "120000"),
        (1000, u32::MAX, 600_000, "120000"),
    ] {
        assert_eq!(settled(taken, real, later), want, "{taken}, really {real}, after {later}");
    }
}

#[test]
fn what_was_not_sent_is_given_back() {
    let both = Limit { requests_per_minute: Some(2), tokens_per_minute: Some(1000) };
    for later in [0, 10_000, 120_000] {
        let mut limits = limits([provider(both), (Subject::Model(model()), requests(2))]);
        let mut take = |at| match limits.check(&openai(), &model(), 400, Duration::from_millis(at)) {
            Pass::Go(taken) => taken,
            pass => panic!("{pass:?}"),
        };
        let (_sent, unsent) = (take(0), take(0));
        let now = Duration::from_millis(later);
        limits.give_back(unsent, now);
        // As if the first alone had been asked for.
        let mut other = Limits::new([provider(both), (Subject::Model(model()), requests(2))]);
        drop(other.check(&openai(), &model(), 400, Duration::ZERO));
        assert_eq!(levels(&limits, now), levels(&other, now), "{later}");
    }
}

/// What time has brought back is not given back again: two thirds of these tokens had come back when the count was known.
#[test]
fn nothing_comes_back_twice() {
    let mut limits = limits([provider(tokens(1000))]);
    let at = Duration::from_secs;
    let Pass::Go(first) = limits.check(&openai(), &model(), 1000, at(0)) else { panic!("full") };
    assert_eq!(short(&limits.check(&openai(), &model(), 600, at(40))), "go");
    limits.settle(first, 0, at(40));
    // At 40 s the bucket had 1000, had nobody taken the first: 400 are left of it.
    assert_eq!(short(&limits.check(&openai(), &model(), 401, at(40))), "60");
    assert_eq!(short(&limits.check(&openai(), &model(), 400, at(40))), "go");
}

#[test]
fn a_servers_word_is_waited_for() {
    let sibling = ModelId::new("openai/mini");
    for (target, seconds, at, own, others) in [
        (Target::Backend(openai()), 12, 0, "12000", "12000"),
        (Target::Backend(openai()), 12, 11_500, "500", "500"),
        (Target::Backend(openai()), 12, 12_000, "go", "go"),
        (Target::Backend(openai()), 0, 0, "go", "go"),
        (Target::Backend(openai()), 86_400, 0, "3600000", "3600000"),
        (Target::Backend(openai()), u64::MAX, 0, "3600000", "3600000"),
        (Target::Model(BackendId::ollama(), model()), 12, 0, "12000", "go"),
    ] {
        let mut limits = Limits::default();
        limits.not_before(target.clone(), Duration::from_secs(seconds), Duration::ZERO);
        for (asked, want) in [(&model(), own), (&sibling, others)] {
            let got = limits.check(target.backend(), asked, 1, Duration::from_millis(at));
            assert_eq!(short(&got), want, "{target:?} {asked} {seconds} s, at {at}: {got:?}");
        }
        assert_eq!(short(&limits.check(&BackendId::new("other"), &model(), 1, Duration::ZERO)), "go");
    }
    // The later of two counts.
    let mut limits = Limits::default();
    for seconds in [5, 20, 10] {
        limits.not_before(Target::Backend(openai()), Duration::from_secs(seconds), Duration::ZERO);
    }
    let got = limits.check(&openai(), &model(), 1, Duration::ZERO);
    assert_eq!(got.words().unwrap(), "openai asked to wait; the next in 20 s");
}

#[test]
fn a_limit_that_stays_is_not_filled_by_another_configuration() {
    let mut limits = limits([provider(requests(2)), (Subject::Model(model()), requests(9))]);
    let now = Duration::from_secs(1);
    for _ in 0..2 {
        assert_eq!(short(&limits.check(&openai(), &model(), 1, now)), "go");
    }
    let quota = Quota { tokens_per_day: Some(100), money_per_day: None };
    limits.renew([provider(requests(2))], [(openai(), quota)]);
    assert_eq!(short(&limits.check(&openai(), &model(), 1, now)), "30000");
    let spent = Spent { tokens: 85, ..Spent::default() };
    assert_eq!(limits.quota(&openai(), &spent), QuotaStanding::Near { percent: 85 });
    assert_eq!(limits.quota_states(&openai(), &spent).len(), 1);
    assert_eq!(
        (limits.quota(&BackendId::ollama(), &spent), limits.quota_states(&BackendId::ollama(), &spent)),
        (QuotaStanding::Fine, vec![])
    );
    limits.not_before(Target::Backend(openai()), Duration::from_secs(7), now);
    limits.renew([provider(requests(3))], []);
    assert_eq!(short(&limits.check(&openai(), &model(), 1, now)), "7000");
    assert_eq!(short(&limits.check(&openai(), &model(), 1, now + Duration::from_secs(7))), "go");
    assert_eq!(limits.quota(&openai(), &spent), QuotaStanding::Fine);
}

/// What is granted in the minute from each grant on.
fn busiest(grants: &[(Duration, u32)]) -> (u64, u64) {
    let minute = Duration::from_secs(60);
    let within = |from: Duration| grants.iter().filter(move |g| g.0 >= from && g.0 < from + minute);
    let of = |from| (within(from).count() as u64, within(from).map(|g| u64::from(g.1)).sum::<u64>());
    grants.iter().map(|g| of(g.0)).fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The burst and what comes back in a minute: twice the limit, and no more.
    #[test]
    fn no_minute_has_more_than_the_burst_and_the_rate(
        (most_requests, most_tokens) in (1_u32..40, 50_u32..5000),
        asked in proptest::collection::vec((0_u64..9_000, 0_u32..1500), 1..150),
    ) {
        let both = Limit { requests_per_minute: Some(most_requests), tokens_per_minute: Some(most_tokens) };
        let mut limits = limits([provider(both), (Subject::Model(model()), tokens(most_tokens / 2))]);
        let (mut now, mut grants) = (Duration::ZERO, Vec::new());
        for (later, tokens) in asked {
            now += Duration::from_millis(later);
            let before = levels(&limits, now);
            match limits.check(&openai(), &model(), tokens, now) {
                Pass::Go(_) => grants.push((now, tokens.max(1))),
                Pass::Never { .. } => {
                    prop_assert!(tokens > most_tokens / 2);
                    prop_assert_eq!(levels(&limits, now), before);
                }
                Pass::Wait { after, .. } => {
                    prop_assert_eq!(levels(&limits, now), before);
                    prop_assert!(!after.is_zero() && after <= Duration::from_secs(61));
                    // Less is not enough, and so long is.
                    let early = now + after - Duration::from_nanos(1);
                    prop_assert_ne!(short(&limits.check(&openai(), &model(), tokens, early)), "go");
                    now += after;
                    prop_assert_eq!(short(&limits.check(&openai(), &model(), tokens, now)), "go");
                    grants.push((now, tokens.max(1)));
                }
            }
        }
        let (requests, tokens) = busiest(&grants);
        prop_assert!(requests <= 2 * u64::from(most_requests), "{requests} of {most_requests}");
        prop_assert!(tokens <= 2 * u64::from(most_tokens / 2), "{tokens} of {}", most_tokens / 2);
    }

    /// However the counts turn out, a request waits for two minutes at most.
    #[test]
    fn no_count_shuts_a_limit_for_good(
        asked in proptest::collection::vec((0_u64..20_000, 1_u32..1000, any::<u32>(), any::<bool>()), 1..80),
    ) {
        let mut limits = limits([provider(tokens(1000))]);
        let (mut now, mut open) = (Duration::ZERO, Vec::new());
        for (later, tokens, real, is_small) in asked {
            now += Duration::from_millis(later);
            match limits.check(&openai(), &model(), tokens, now) {
                Pass::Go(taken) => open.push((taken, if is_small { real % 1000 } else { real })),
                Pass::Wait { after, .. } => prop_assert!(after <= Duration::from_secs(120), "{after:?}"),
                Pass::Never { .. } => prop_assert!(false, "{} of 1000", tokens),
            }
            if open.len() > 3 {
                let (taken, real) = open.remove(0);
                limits.settle(taken, real, now);
            }
        }
    }
}
