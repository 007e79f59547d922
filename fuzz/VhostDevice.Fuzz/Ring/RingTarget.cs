// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Fuzz.Ring;

/// <summary>
/// A hostile driver on one ring of either layout, with a device that answers late and out of order. See README.md for the
/// format of an input.
/// </summary>
public sealed class RingTarget : IFuzzTarget, IDisposable
{
    /// <summary>Bytes before the script: size, features, start (2), layout, budget, length of the script.</summary>
    internal const int HeaderBytes = 7;

    private readonly GuestLayout _guest = new();

    public string Name => "ring";

    public IEnumerable<(string Name, byte[] Input)> Seeds => RingSeeds.All;

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input's last start: chains and heads that broke a rule.</summary>
    public int Malformed { get; private set; }

    /// <summary>Of the last input's last start: chains that went back.</summary>
    public int Chains { get; private set; }

    public void Dispose() => _guest.Dispose();

    public void Run(ReadOnlySpan<byte> input)
    {
        ScriptReader reader = new(input);
        byte sizeByte = reader.Byte();
        byte features = reader.Byte();
        bool packed = (features & 8) != 0;
        // Only packed rings need not be a power of two long.
        ushort size = (ushort)(packed ? 1 + sizeByte : 1 << (sizeByte % 9));
        ushort start = reader.UShort();
        RingLayout layout = RingLayout.Choose(reader.Byte(), size, packed);
        byte budget = reader.Byte();
        ScriptReader script = reader.Take(reader.Byte());
        _guest.Reset(reader.Rest);

        RingFeatures accepted = new(
            EventIdx: (features & 1) != 0, Indirect: (features & 2) != 0, NotifyOnEmpty: (features & 4) != 0, packed, InOrder: (features & 16) != 0);
        RingRun run = new(_guest, size, accepted, layout, start, budget);
        while (!script.IsEmpty)
            run.Step(ref script);
        run.Finish();
        Behaviour = run.Behaviour;
        Malformed = (int)run.Counters.Malformed;
        Chains = (int)run.Counters.Chains;
    }
}
