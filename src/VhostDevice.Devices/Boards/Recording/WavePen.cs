// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>Draws the waves of one <see cref="TraceSource"/>, from the moment of a record on.</summary>
public sealed class WavePen
{
    private readonly VcdTrace _trace;
    private readonly int _firstSignal;

    internal WavePen(VcdTrace trace, TraceSource source, int firstSignal)
    {
        _trace = trace;
        NotDrawn = source.NotDrawn;
        _firstSignal = firstSignal;
    }

    /// <summary>How far it has drawn, in microseconds since the start of the recording.</summary>
    internal long Time { get; set; }

    internal string NotDrawn { get; }

    /// <summary>Records that came too fast to be drawn.</summary>
    internal long LeftOut { get; set; }

    /// <summary>A signal has this level from now on.</summary>
    /// <param name="signal">Place in <see cref="TraceSource.Signals"/>.</param>
    public void Set(int signal, bool level) => _trace.Add(Time, _firstSignal + signal, level);

    /// <summary>Lets time pass. What is waited at the end of a record keeps the next one away from it.</summary>
    public void Wait(int microseconds) => Time += microseconds;
}
