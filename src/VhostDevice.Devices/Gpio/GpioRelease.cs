// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>Gives back the lines of a driver that is no more, on the worker of a chip that may wait. Nobody waits for it.</summary>
/// <param name="lines">Listening to nothing any more.</param>
internal sealed class GpioRelease(EventLoop loop, IReadOnlyList<IGpioLine> lines) : CallBatch(loop)
{
    protected override int Count => lines.Count;

    protected override bool SpeaksForOthers(int number) => false;

    protected override void Call(int number) => lines[number].Dispose();

    protected override void Made(int count)
    {
    }

    protected override void Done(Exception? fault)
    {
    }
}
