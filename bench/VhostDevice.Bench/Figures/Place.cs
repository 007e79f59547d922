// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.Figures;

/// <summary>Where the generator and the other side run.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="Generator">CPU of the generator.</param>
/// <param name="Daemon">CPU of the back-end.</param>
internal sealed record Place(string Name, int Generator, int Daemon)
{
    internal void Take(BackEnd backEnd)
    {
        Cpus.PinThread(Generator);
        backEnd.Pin(Daemon);
    }

    internal void Take(PingPong limit)
    {
        Cpus.PinThread(Generator);
        limit.PinChild(Daemon);
    }

    internal void TakeAlone() => Cpus.PinThread(Generator);
}
