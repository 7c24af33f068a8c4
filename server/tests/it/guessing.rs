//! Guessing codes is answered ever more coldly; a correct code never is.

use protocol::{id::RoomCode, message::EnterError};
use server::Rate;

use crate::support::Site;

fn guess(number: usize) -> RoomCode {
    let letters = protocol::id::CODE_ALPHABET;
    let (first, second, third) = (number % 31, number / 31 % 31, number / 961 % 31);
    let three = [first, second, third].map(|index| char::from(letters[index]));
    RoomCode::parse(&format!("2222-2222-2{}{}{}", three[0], three[1], three[2])).expect("a code")
}

#[tokio::test]
async fn only_failures_count_and_then_wrong_codes_have_to_wait() {
    let site = Site::start_with(|config| config.limits.wrong_codes = Rate { burst: 3.0, per_second: 0.01 }).await;
    let (mut page, host) = (site.page().await, site.page().await);
    for _ in 0..10 {
        assert!(site.room_info(host.own_code()).await.is_ok());
    }
    assert_eq!(site.room_info(guess(0)).await, Err(EnterError::NotFound));
    assert_eq!(page.enter(guess(1)).await, Err(EnterError::NotFound));
    assert_eq!(site.room_info(guess(2)).await, Err(EnterError::NotFound));
    for number in 3..6 {
        for refused in [site.room_info(guess(number)).await.map(|_| ()), page.enter(guess(number)).await] {
            let Err(EnterError::TooManyAttempts { retry_after }) = refused else { panic!("{refused:?}") };
            assert!((1..=100).contains(&retry_after), "{retry_after}");
        }
    }
    assert_eq!(page.enter(page.own_code()).await, Err(EnterError::OwnCode));
    assert_eq!(page.enter(host.own_code()).await, Ok(()));
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_address_has_its_own_budget() {
    let site = Site::start_with(|config| {
        config.limits.wrong_codes = Rate { burst: 1.0, per_second: 0.01 };
        config.trusted_proxy = true;
    })
    .await;
    let ask = async |address: &str| {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-forwarded-for", address)];
        let response = site.request("POST", "/api/room_info", &headers, "code=2222-2222-2222").await;
        serde_json::from_slice::<Result<(), EnterError>>(response.body()).expect("an answer").expect_err("a wrong code")
    };
    assert_eq!(ask("203.0.113.1").await, EnterError::NotFound);
    assert!(matches!(ask("203.0.113.1").await, EnterError::TooManyAttempts { .. }));
    assert_eq!(ask("203.0.113.2").await, EnterError::NotFound);
    assert!(matches!(ask("6.6.6.6, 203.0.113.2").await, EnterError::TooManyAttempts { .. }));
}

#[tokio::test]
async fn a_class_joins_while_somebody_behind_the_same_address_guesses() {
    let site = Site::start().await;
    while site.room_info(guess(0)).await == Err(EnterError::NotFound) {}
    let class = async {
        let mut joined = Vec::new();
        for _ in 0..200 {
            let (host, mut guest) = (site.page().await, site.page().await);
            assert_eq!(site.room_info(host.own_code()).await.map(|info| info.people), Ok(1));
            assert_eq!(guest.enter(host.own_code()).await, Ok(()));
            joined.push((host, guest));
        }
        joined
    };
    tokio::pin!(class);
    let mut number = 0;
    let joined = loop {
        number += 1;
        tokio::select! {
            joined = &mut class => break joined,
            // Slower than the frame budget: a flood of frames is another story.
            refused = async {
                let refused = site.room_info(guess(number)).await;
                assert!(refused.is_err(), "{refused:?}");
            } => refused,
        }
    };
    assert_eq!(joined.len(), 200);
    assert!(number > 1, "nothing was guessed meanwhile");
}
