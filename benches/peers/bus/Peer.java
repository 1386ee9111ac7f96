import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.SynchronousQueue;

/**
 * LMAX's disruptor under the method of benches/bus: a producer on core 0, a consumer on core 1, busy spin, one slice for
 * each line "WHAT COUNT" of the input, answered by "NANOSECONDS PREEMPTED".
 */
public final class Peer {
    private static final int SLOTS = 65_536;
    private static final int WARM = SLOTS;
    private static final int BATCH = 32;

    /** Eight bytes of payload. */
    static final class Small {
        long a;
    }

    /** Fifty-six bytes of payload, as the others have; with the object's header 72. */
    static final class Wide {
        long a, b, c, d, e, f, g;
    }

    /** What the consumer does with a message. */
    interface Value<T> {
        long of(T event);
    }

    /** Adds up the messages and says when it is warm and when it is done. */
    static final class Counter<T> implements EventHandler<T> {
        private final Value<T> value;
        private long sum;
        private long warmAt;
        private long doneAt;
        volatile boolean warm;
        volatile boolean done;

        Counter(Value<T> value) {
            this.value = value;
        }

        void expect(long warmAt, long doneAt) {
            this.warmAt = warmAt;
            this.doneAt = doneAt;
            warm = false;
            done = false;
        }

        @Override
        public void onEvent(T event, long sequence, boolean endOfBatch) {
            sum += value.of(event);
            if (endOfBatch && sequence == warmAt) {
                sum = 0;
                warm = true;
            } else if (endOfBatch && sequence == doneAt) {
                done = true;
            }
        }
    }

    /** Runs processors, one after the other, on core 1; asleep in between. */
    static final class Other extends Thread {
        private final SynchronousQueue<Runnable> work = new SynchronousQueue<>();
        volatile String status;

        Other() {
            super("consumer");
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                pin(1);
                status = status();
                while (true) {
                    work.take().run();
                }
            } catch (InterruptedException | IOException error) {
                throw new IllegalStateException(error);
            }
        }
    }

    /** A ring with its consumer. */
    static final class Stream<T> {
        final RingBuffer<T> ring;
        final Counter<T> counter;
        final BatchEventProcessor<T> processor;

        Stream(com.lmax.disruptor.EventFactory<T> factory, Value<T> value) {
            ring = RingBuffer.createSingleProducer(factory, SLOTS, new BusySpinWaitStrategy());
            counter = new Counter<>(value);
            processor = new BatchEventProcessorBuilder().build(ring, ring.newBarrier(), counter);
            ring.addGatingSequences(processor.getSequence());
        }
    }

    private static final Other OTHER = new Other();
    private static final Stream<Small> SMALL = new Stream<>(Small::new, event -> event.a);
    private static final Stream<Wide> WIDE = new Stream<>(Wide::new, event -> event.a);

    private static void small(long first, long end) {
        RingBuffer<Small> ring = SMALL.ring;
        for (long n = first; n < end; n++) {
            long sequence = ring.next();
            ring.get(sequence).a = n;
            ring.publish(sequence);
        }
    }

    private static void fill(Wide event, long n) {
        event.a = n;
        event.b = n;
        event.c = n;
        event.d = n;
        event.e = n;
        event.f = n;
        event.g = n;
    }

    private static void wide(long first, long end) {
        RingBuffer<Wide> ring = WIDE.ring;
        for (long n = first; n < end; n++) {
            long sequence = ring.next();
            fill(ring.get(sequence), n);
            ring.publish(sequence);
        }
    }

    private static void batches(long first, long end) {
        RingBuffer<Wide> ring = WIDE.ring;
        for (long n = first; n < end; n += BATCH) {
            long last = ring.next(BATCH);
            long low = last - BATCH + 1;
            for (int k = 0; k < BATCH; k++) {
                fill(ring.get(low + k), n + k);
            }
            ring.publish(low, last);
        }
    }

    interface Produce {
        void range(long first, long end);
    }

    /** One slice: nanoseconds a message, and whether a thread lost its core. */
    private static String slice(Stream<?> stream, Produce produce, long count) throws Exception {
        long before = stream.ring.getCursor();
        stream.counter.expect(before + WARM, before + WARM + count);
        OTHER.work.put(stream.processor);
        produce.range(0, WARM);
        while (!stream.counter.warm) {
            Thread.onSpinWait();
        }
        long switches = switches(status()) + switches(OTHER.status);
        long begin = System.nanoTime();
        produce.range(WARM, WARM + count);
        while (!stream.counter.done) {
            Thread.onSpinWait();
        }
        long taken = System.nanoTime() - begin;
        long lost = switches(status()) + switches(OTHER.status) - switches;
        stop(stream.processor);
        long expected = (WARM + WARM + count - 1) * count / 2;
        if (stream.counter.sum != expected) {
            throw new IllegalStateException("sum " + stream.counter.sum + ", not " + expected);
        }
        return answer((double) taken / count, lost);
    }

    private static void stop(BatchEventProcessor<?> processor) {
        processor.halt();
        while (processor.isRunning()) {
            Thread.onSpinWait();
        }
    }

    /** Round trips over two rings of 64 slots: the median, which contains one reading of the clock. */
    private static String trips(int count) throws Exception {
        RingBuffer<Wide> there = RingBuffer.createSingleProducer(Wide::new, 64, new BusySpinWaitStrategy());
        RingBuffer<Wide> back = RingBuffer.createSingleProducer(Wide::new, 64, new BusySpinWaitStrategy());
        BatchEventProcessor<Wide> echo = new BatchEventProcessorBuilder().build(there, there.newBarrier(), (event, s, e) -> {
            long sequence = back.next();
            fill(back.get(sequence), event.a);
            back.publish(sequence);
        });
        there.addGatingSequences(echo.getSequence());
        SequenceBarrier replies = back.newBarrier();
        Sequence read = new Sequence();
        back.addGatingSequences(read);
        OTHER.work.put(echo);
        int warm = count / 4;
        long[] taken = new long[count];
        long switches = 0;
        long last = 0;
        for (int n = 0; n < warm + count; n++) {
            if (n == warm) {
                switches = switches(status()) + switches(OTHER.status);
                last = System.nanoTime();
            }
            long sequence = there.next();
            fill(there.get(sequence), n);
            there.publish(sequence);
            replies.waitFor(n);
            if (back.get(n).a != n) {
                throw new IllegalStateException("reply " + back.get(n).a + " to " + n);
            }
            read.set(n);
            if (n >= warm) {
                long now = System.nanoTime();
                taken[n - warm] = now - last;
                last = now;
            }
        }
        long lost = switches(status()) + switches(OTHER.status) - switches;
        stop(echo);
        Arrays.sort(taken);
        return answer(taken[count / 2], lost);
    }

    private static String answer(double ns, long lost) {
        return ns + " " + (lost == 0 ? 0 : 1);
    }

    /** The file that tells of the calling thread. */
    private static String status() throws IOException {
        return "/proc/" + Files.readSymbolicLink(Path.of("/proc/thread-self")) + "/status";
    }

    /** How often a thread lost its core. */
    private static long switches(String status) throws IOException {
        for (String line : Files.readAllLines(Path.of(status))) {
            if (line.startsWith("nonvoluntary")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no count of switches in " + status);
    }

    private static void pin(int core) throws IOException, InterruptedException {
        String thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
        Process taskset = new ProcessBuilder("taskset", "-pc", Integer.toString(core), thread).start();
        if (taskset.waitFor() != 0) {
            throw new IOException("taskset refused core " + core);
        }
    }

    private static String run(String what, long count) throws Exception {
        return switch (what) {
            case "8" -> slice(SMALL, Peer::small, count);
            case "64" -> slice(WIDE, Peer::wide, count);
            case "64x32" -> slice(WIDE, Peer::batches, count);
            case "trip" -> trips((int) count);
            default -> throw new IllegalArgumentException(what);
        };
    }

    public static void main(String[] arguments) throws Exception {
        OTHER.start();
        pin(0);
        while (OTHER.status == null) {
            Thread.sleep(1);
        }
        for (int round = 0; round < 40; round++) {
            for (String what : new String[] {"8", "64", "64x32"}) {
                run(what, 200_000 / BATCH * BATCH);
            }
            run("trip", 5_000);
        }
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null && !line.equals("end"); line = input.readLine()) {
            String[] words = line.split(" ");
            System.out.println(run(words[0], Long.parseLong(words[1])));
        }
    }
}
