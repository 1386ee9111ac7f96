//! Records of several sizes and types in one mapping.

use super::super::layout::OPENING;
use super::*;
use crate::bus::{Format, Message};
use crate::model::{Bar, Command, Report};

/// A record all of whose words look like sequence numbers that are due.
fn lure<M: Message>(due: u64) -> M {
    let words = [due; 16];
    // SAFETY: as many words as the record has are there, and any bits are a valid record.
    unsafe { std::ptr::from_ref(&words).cast::<M>().read() }
}

fn report(due: u64) -> Report {
    Report { instrument: 0, venue: 0, kind: 4, ..lure(due) }
}

fn event(due: u64) -> Event {
    Event { instrument: 0, venue: 0, kind: EventKind::Trade as u8, ..lure(due) }
}

fn sequences<M: Message>(subscription: &mut Subscription<M>) -> Vec<u64> {
    let mut got = Vec::new();
    while subscription.poll(100, |record| got.push(record.sequence())).unwrap() > 0 {}
    got
}

#[test]
fn a_ring_that_gets_smaller_records_takes_no_payload_for_a_commit_word() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(8), name.bus(8));
    ours.publisher("md.v.S").unwrap().close();
    let mut last = 0;
    for _ in 0..6 {
        let mut fills = theirs.subscribe_to::<Report>("fill.>", Delivery::default()).unwrap();
        let mut publisher = ours.publisher_of::<Report>("fill.v.S").unwrap();
        // The next odd sequence after a whole lap of these: in the middle of a report begins the slot of such an event.
        let due = last + 9;
        publisher.publish(&[report(due | 1); 8]).unwrap();
        assert_eq!(sequences(&mut fills), (last + 1..due).collect::<Vec<_>>());
        publisher.close();
        drop(fills);
        let mut trades = theirs.subscribe("md.>", Delivery::default()).unwrap();
        let mut publisher = ours.publisher("md.v.S").unwrap();
        assert_eq!(ours.metrics().publishers[1].published, 0);
        for sequence in due..due + 5 {
            assert!(sequences(&mut trades).is_empty());
            assert_eq!(publisher.publish(&[event(sequence + 1)]).unwrap(), sequence);
            assert_eq!(sequences(&mut trades), [sequence]);
        }
        last = due + 4;
    }
}

#[test]
fn a_publisher_that_dies_while_it_lays_out_its_ring_leaves_it_to_the_next_one() {
    let name = Name::new();
    let bus = name.bus(8);
    let mut publisher = bus.publisher_of::<Report>("fill.v.S").unwrap();
    publisher.publish(&vec![report(6); 5]).unwrap();
    publisher.close();
    // Killed after it had given up the old slots, and cleared half of them.
    let member = Member::open(&name.0, None, Duration::from_secs(1)).unwrap();
    let place = &member.publishers()[1];
    place.place.enter(78, Process { pid: 1, born: 1, space: 1 }, "md.v.S", RecordType::Event);
    place.place.state.store(OPENING, Ordering::Release);
    member.control(1).cursor.0.store(5);
    place.set_laid(0);
    member.sweep(&member.enter().unwrap());
    let mut trades = bus.subscribe("md.>", Delivery::default()).unwrap();
    let mut publisher = bus.publisher("md.v.S").unwrap();
    assert!(sequences(&mut trades).is_empty());
    assert_eq!(publisher.publish(&[event(7)]).unwrap(), 6);
    assert_eq!(sequences(&mut trades), [6]);
}

#[test]
fn every_record_type_crosses_the_mapping_to_its_own_subscriptions_only() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let mut events = theirs.subscribe(">", LOSSY).unwrap();
    let mut bars = theirs.subscribe_to::<Bar>(">", Delivery::default()).unwrap();
    let mut commands = theirs.subscribe_to::<Command>("command.all.*", Delivery::default()).unwrap();
    let mut bar = ours.publisher_of::<Bar>("md.v.S").unwrap();
    let mut command = ours.publisher_of::<Command>("command").unwrap();
    bar.publish(&[Bar { kind: 19, timeframe: 3, close: 1.5, ..Bar::default() }]).unwrap();
    let all = Command { kind: 4, instrument: u32::MAX, price: 9, ..Command::default() };
    command.publish(&[Command { kind: 1, ..Command::default() }, all]).unwrap();
    assert_eq!(bars.poll(9, |bar| assert_eq!(bar.close, 1.5)).unwrap(), 1);
    assert_eq!(commands.poll(9, |command| assert_eq!(command.price, 9)).unwrap(), 1);
    assert!(read(&mut events).is_empty());
    let records: Vec<_> = ours.metrics().publishers.iter().map(|row| row.record).collect();
    assert_eq!(records, [RecordType::Event, RecordType::Bar, RecordType::Command]);
}

#[test]
fn what_a_topic_carries_is_told_to_all_who_map_it() {
    let name = Name::new();
    let (ours, theirs) = (name.bus(64), name.bus(64));
    let own = Format::with_fields("pnl:<f8;delta:<f8").unwrap();
    let number = ours.bind("desk.pnl", &own).unwrap();
    let report = ours.bind("desk.report", &Format::of(RecordType::Report)).unwrap();
    assert_eq!(theirs.format("desk.pnl", None).unwrap(), own);
    assert_eq!((theirs.topic("desk.pnl").unwrap(), theirs.topic("desk.report").unwrap()), (number, report));
    assert_eq!(theirs.bind("desk.other", &own).unwrap(), 2);
    let error = theirs.bind("desk.report", &own).unwrap_err();
    assert!(error.message().contains("carries REPORT, not EVENT with the fields pnl <f8, delta <f8"), "{error}");
    assert!(theirs.publisher("desk.report").is_err());
    assert!(theirs.subscribe("desk.report", LOSSY).is_err());
    assert!(theirs.publisher("fill").is_err() && theirs.topic("order.x").is_err());
    // A third one reads the whole list.
    assert_eq!(name.bus(64).format("desk.other", None).unwrap(), own);
}
