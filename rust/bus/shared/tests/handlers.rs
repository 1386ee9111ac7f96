//! Handlers and descriptors over a mapping: who calls, who is told, and what ends with whom.

use std::sync::{Arc, Mutex};

use super::super::alarm::Alarm;
use super::*;
use crate::bus::inlet::lock;

/// Waits for what another thread does.
fn until(happens: impl Fn() -> bool) {
    for _ in 0..20_000 {
        if happens() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("did not happen");
}

#[test]
fn handlers_get_what_other_handles_publish_and_one_that_fails_stops_alone() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut control = ours.subscribe("control.>", LOSSY).unwrap();
    let mut publisher = theirs.publisher("md.v.S").unwrap();
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    let all = Arc::clone(&seen);
    let keep = move |event: &Event| {
        lock(&all).push(event.price);
        Ok(())
    };
    let refuse = |event: &Event| if event.price == 50 { Err("fifty is enough".into()) } else { Ok(()) };
    ours.handler("md.>", Box::new(refuse)).unwrap();
    ours.handler("md.*.*.trade", Box::new(keep)).unwrap();
    publisher.publish(&trades(0..200)).unwrap();
    until(|| lock(&seen).len() == 200);
    assert_eq!(*lock(&seen), (0..200).collect::<Vec<_>>());
    let metrics = ours.metrics();
    let rows: Vec<_> = metrics.handlers.iter().map(|row| (row.calls, row.fault.as_deref())).collect();
    assert_eq!(rows, [(51, Some("fifty is enough")), (200, None)]);
    assert_eq!(metrics.subscriptions[1].pattern, "md.> md.*.*.trade");
    assert!(theirs.metrics().handlers.is_empty());
    let notices = read(&mut control);
    let told = (notices[0].order_id, u64::from(notices[0].instrument));
    assert_eq!((notices.len(), told), (1, (Notice::Faulted as u64, metrics.subscriptions[1].id)));
    ours.close();
    assert_eq!(theirs.metrics().subscriptions.len(), 1);
    publisher.publish(&trades(0..200)).unwrap();
    assert_eq!(lock(&seen).len(), 200);
}

#[test]
fn a_subscription_takes_its_descriptors_thread_along_and_leaves_no_sleeper() {
    let name = Name::new();
    let bus = name.bus(64);
    let mut publisher = bus.publisher("md.v.S").unwrap();
    let subscription = bus.subscribe("md.>", LOSSY).unwrap();
    let descriptor = subscription.descriptor().unwrap();
    let readable = || {
        let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
        // SAFETY: one record, read and written during the call only.
        unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
    };
    assert!(!subscription.arm() && !readable());
    // Armed again, it is still one sleeper.
    assert!(!subscription.arm());
    publisher.publish(&trades(0..3)).unwrap();
    until(readable);
    assert!(subscription.arm(), "there is something to read");
    assert!(!readable());
    drop(subscription);
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let woken = member.subscribers()[0].lot.0.enroll();
    member.subscribers()[0].lot.0.leave();
    publisher.publish(&trades(0..3)).unwrap();
    member.subscribers()[0].lot.0.wake();
    assert!(!member.subscribers()[0].lot.0.has_woken(woken), "nobody is counted as asleep");
    // Dropped while it is armed and while it is not.
    for arm in [true, false] {
        let alarm = Alarm::start(Arc::clone(&member), 3).unwrap();
        if arm {
            alarm.arm();
        }
    }
}
