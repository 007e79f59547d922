// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Measuring;

namespace VhostDevice.Bench.Figures;

/// <summary>What bounds a figure, measured right beside it in the same unit (nanoseconds, or bytes per second).</summary>
internal abstract class Limit : IDisposable
{
    internal abstract string Name { get; }

    internal abstract double Measure(TimeSpan time);

    public abstract void Dispose();

    /// <summary>The median round trip between two bare processes.</summary>
    internal sealed class RoundTrip(PingPongMode mode, Place place) : Limit
    {
        private readonly PingPong _pingPong = new(mode);
        private readonly Histogram _histogram = new();

        internal override string Name => $"ping-pong, {mode.ToString().ToLowerInvariant()}";

        internal override double Measure(TimeSpan time)
        {
            place.Take(_pingPong);
            _histogram.Clear();
            _pingPong.Run(time, _histogram);
            return _histogram.Percentile(0.5);
        }

        public override void Dispose() => _pingPong.Dispose();
    }

    /// <summary>The kernel's random generator for one thread, the fastest way there is: time per buffer, or bytes per second.</summary>
    internal sealed class Entropy(int size, int buffers, bool asRate, Place place) : Limit
    {
        private readonly KernelGenerator _generator = new();

        internal override string Name => _generator.HasVdso ? $"vDSO getrandom of {size} B" : $"readv of {buffers} × {size} B";

        internal override double Measure(TimeSpan time)
        {
            place.TakeAlone();
            double perBuffer = _generator.HasVdso ? _generator.PerVdsoCall(size, time) : _generator.PerBuffer(size, buffers, time);
            return asRate ? size / perBuffer * 1e9 : perBuffer;
        }

        public override void Dispose() => _generator.Dispose();
    }

    /// <summary>How often a second two bare processes can wake each other to and fro, so many times per request.</summary>
    internal sealed class RoundTripRate(PingPongMode mode, int times, Place place) : Limit
    {
        private readonly RoundTrip _roundTrip = new(mode, place);

        internal override string Name => $"{times} × {_roundTrip.Name}";

        internal override double Measure(TimeSpan time) => 1e9 / (times * _roundTrip.Measure(time));

        public override void Dispose() => _roundTrip.Dispose();
    }

    /// <summary>Bytes, or messages, a second through a pair of Unix sockets, both ends used by one thread.</summary>
    internal sealed class SocketCopy(int bytes, int times, bool asRate, Place place) : Limit
    {
        private readonly SocketPair _pair = new();

        internal override string Name => $"{(times > 1 ? $"{times} × " : "")}write and read of {Format.Size(bytes)} on a socket";

        internal override double Measure(TimeSpan time)
        {
            place.TakeAlone();
            double perMessage = times * _pair.PerMessage(bytes, time);
            return (asRate ? bytes : 1) / perMessage * 1e9;
        }

        public override void Dispose() => _pair.Dispose();
    }

    /// <summary>Reads or writes a second, or their bytes, of a file in the page cache by one thread.</summary>
    internal sealed class FileCopy(string path, int size, bool writes, bool asRate, Place place) : Limit
    {
        private readonly FileReads _reads = new(path);

        internal override string Name => $"{(writes ? "pwritev" : "preadv")} of {Format.Size(size)}";

        internal override double Measure(TimeSpan time)
        {
            place.TakeAlone();
            return (asRate ? size : 1) / _reads.PerRequest(size, writes, time) * 1e9;
        }

        public override void Dispose() => _reads.Dispose();
    }

    /// <summary>
    /// Reads a second of one process that asks and another that does nothing but read a block of the file past the page
    /// cache, with one waiting system call, and wake the first.
    /// </summary>
    internal sealed class DiskRoundTripRate(string path, Place place) : Limit
    {
        private readonly PingPong _pingPong = new(PingPongMode.Blocking, path);
        private readonly Histogram _histogram = new();

        internal override string Name => $"ping-pong with a direct preadv of {Format.Size(PingPong.Block)}";

        internal override double Measure(TimeSpan time)
        {
            place.Take(_pingPong);
            _histogram.Clear();
            long start = Stopwatch.GetTimestamp();
            _pingPong.Run(time, _histogram);
            return _histogram.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public override void Dispose() => _pingPong.Dispose();
    }

    /// <summary>fio(1) with io_uring and direct I/O on the same file: requests, or bytes, a second.</summary>
    internal sealed class Fio(FioJob job, bool asRate, Place place) : Limit
    {
        internal override string Name => $"fio, {job.Name}";

        internal override double Measure(TimeSpan time)
        {
            place.TakeAlone();
            return (asRate ? job.Size : 1) * job.RequestsPerSecond();
        }

        public override void Dispose()
        {
        }
    }
}
