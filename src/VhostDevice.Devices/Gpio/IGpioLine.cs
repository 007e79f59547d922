// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// A line that is requested from a chip. What may wait is for any thread, one call at a time; the rest is for the loop's
/// thread, also while a call waits. <see cref="IDisposable.Dispose"/> gives the line back and may wait; before it, tell
/// the line to listen to no edges.
/// </summary>
public interface IGpioLine : IDisposable
{
    /// <summary>Sets it up anew; for other edges than before, <see cref="Listen"/> is to be called after it. May wait.</summary>
    Errno Configure(in GpioLineSettings settings);

    /// <summary>The level on the line, also of an output. May wait.</summary>
    Errno Get(out bool high);

    /// <summary>The level to drive; EPERM for an input. May wait.</summary>
    Errno Set(bool high);

    /// <summary>
    /// Reports the edges from now on that the line was set up for last. Those that were seen under the former setting of
    /// edges are forgotten when it changes.
    /// </summary>
    Errno Listen(GpioEdges edges);

    /// <summary>Edges are of no interest until <see cref="Unmute"/>, and need not even wake the loop. Costs nothing when muted already.</summary>
    void Mute();

    /// <summary>Edges are reported again; what happened since <see cref="Mute"/> is forgotten.</summary>
    void Unmute();
}

/// <summary>Hears of the edges of a requested line.</summary>
public interface IGpioEdgeListener
{
    /// <summary>
    /// One edge of those asked for, on the loop that was named in the request, never from within a call of the line or
    /// its chip. Of edges that were not reported yet, all but two may be merged: one to report and one to latch is all
    /// that an interrupt can take.
    /// </summary>
    void OnEdge();
}
