// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Can;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>cannelloni: a datagram of any bytes, as a peer on the network sends it.</summary>
public sealed class CannelloniTarget : IFuzzTarget
{
    public string Name => "cannelloni";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("two", [2, 0, 7, 0, 2, 0, 0, 1, 0x23, 2, 0x11, 0x22, 0x80, 0, 0, 1, 0x82, 0, 0xAA, 0xBB]),
        ("request", [2, 0, 7, 0, 1, 0x40, 0, 1, 0x23, 3]),
        ("error", [2, 0, 7, 0, 2, 0x20, 0, 0, 0x40, 1, 0, 0, 0, 0, 1, 0]),
        ("cut", [2, 0, 7, 0, 1, 0, 0, 1, 0x23, 8, 1, 2]),
        ("too-many", [2, 0, 7, 0xFF, 0xFF, 0, 0, 1, 0x23, 0]),
    ];

    public ulong Behaviour { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        ReadOnlySpan<byte> rest = input;
        if (!CannelloniFormat.TryReadHead(ref rest, out int frames))
            return;
        Behaviour = 1;
        Span<byte> written = stackalloc byte[CannelloniFormat.MaxFrame];
        int useful = 0;
        for (; frames > 0 && CannelloniFormat.TryReadFrame(ref rest, out CanFrame frame, out bool isUseful); frames--)
        {
            Behaviour |= isUseful ? 2UL : 4UL;
            if (!isUseful)
                continue;
            useful++;
            Behaviour |= (frame.IsFd ? 8UL : 16UL) | (frame.IsExtended ? 32UL : 0) | (frame.IsRemote ? 64UL : 0);
            ReadOnlySpan<byte> again = written[..CannelloniFormat.WriteFrame(frame, written)];
            bool isRead = CannelloniFormat.TryReadFrame(ref again, out CanFrame same, out bool isStill);
            Promise.Keep(isRead && isStill && again.IsEmpty, "a frame is read again");
            Promise.Keep(same.IsSame(frame), "a frame stays the same");
            Promise.Keep(frame.Length <= (frame.IsFd ? 64 : 8) && !frame.IsError, "a frame is one that there can be");
        }

        Promise.Keep(useful <= input.Length / 5, "a frame takes bytes of the datagram");
        Behaviour |= DeviceSteps.Amount(16, useful);
    }
}
