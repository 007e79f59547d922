// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>An initiator as the target sees it (SAM's I_T nexus): whoever registers, reserves and gets unit attentions.</summary>
public sealed class ScsiNexus
{
    /// <summary>Bytes of a TransportID.</summary>
    public const int TransportIdSize = 24;

    private readonly byte[] _transportId = new byte[TransportIdSize];

    /// <param name="number">Tells initiators apart; the same one after a restart, so that it finds its registrations.</param>
    public ScsiNexus(ulong number)
    {
        // There is no protocol for virtio: the form of SAS, whose addresses are numbers (SPC-5 §7.6.4.5).
        _transportId[0] = 0x06;
        BinaryPrimitives.WriteUInt64BigEndian(_transportId.AsSpan(4), number);
    }

    /// <summary>As READ FULL STATUS shows it.</summary>
    public ReadOnlySpan<byte> TransportId => _transportId;
}
