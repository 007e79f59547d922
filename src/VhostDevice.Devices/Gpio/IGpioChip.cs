// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// The host side of GPIO devices: one chip with its lines, real or simulated. Several devices, on several loops, may use
/// a chip, as long as no two of them want the same line. Safe from any thread.
/// </summary>
public interface IGpioChip : IDisposable
{
    /// <summary>What it is called in messages, such as "gpiochip0".</summary>
    string Name { get; }

    /// <summary>What it is, such as "pinctrl-bcm2835"; may be empty.</summary>
    string Label { get; }

    /// <summary>
    /// Who makes the calls that may wait, as for a chip behind a slow bus: those whose summary says so, here and in
    /// <see cref="IGpioLine"/>. Null: none ever waits, and each is made on a device's loop, straight.
    /// </summary>
    HostCalls? Calls { get; }

    /// <summary>Number of lines; they are numbered from 0.</summary>
    int LineCount { get; }

    /// <summary>Name of a line; empty when it has none. Any characters; a name may occur twice.</summary>
    /// <param name="line">0 to <see cref="LineCount"/> - 1, here and below.</param>
    string LineName(int line);

    /// <summary>The way that a line works now, requested or not; In where that cannot be told. May wait.</summary>
    GpioDirection Direction(int line);

    /// <summary>Who has the line at the moment, as that one calls itself; null when nobody has. May wait.</summary>
    string? UserOf(int line);

    /// <summary>
    /// Takes a line, which is the caller's alone until the result is disposed. May wait. Edges are reported once
    /// <see cref="IGpioLine.Listen"/> was called for them.
    /// </summary>
    /// <param name="owner">For people who wonder who has the line; 31 bytes are seen at most.</param>
    /// <param name="loop">The loop on which the caller lives, and the listener is called.</param>
    /// <param name="listener">Hears of the edges that the settings ask for.</param>
    /// <returns>EBUSY: somebody has it, see <see cref="UserOf"/>. EINVAL or ENXIO and the like: the chip cannot do that.</returns>
    Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested);
}
