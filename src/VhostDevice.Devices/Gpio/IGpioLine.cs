// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// A line that is requested from a chip. For its loop's thread. <see cref="IDisposable.Dispose"/> gives it back: edges
/// that were not reported yet never are.
/// </summary>
public interface IGpioLine : IDisposable
{
    /// <summary>Sets it up anew. Edges that were seen under the former setting of edges are forgotten when that setting changes.</summary>
    Errno Configure(in GpioLineSettings settings);

    /// <summary>The level on the line, also of an output.</summary>
    Errno Get(out bool high);

    /// <summary>The level to drive; EPERM for an input.</summary>
    Errno Set(bool high);

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
