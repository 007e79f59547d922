// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
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
}
