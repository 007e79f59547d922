// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// A driver behind an IOMMU (VIRTIO_F_ACCESS_PLATFORM): what its addresses mean is said by IOTLB messages, and asked
/// for on the back-end's channel. The ring that misses a translation waits, everything else goes on.
/// </summary>
internal sealed partial class Session
{
    private bool _warnedOfNoChannel;

    /// <summary>A ring cannot go on without a translation.</summary>
    internal void AskForTranslation(int ring, IotlbMiss miss)
    {
        if (Channel is not null)
        {
            Channel.AskForTranslation(ring, miss);
            return;
        }

        if (_warnedOfNoChannel)
            return;
        _warnedOfNoChannel = true;
        Log.LogWarning("ring {Ring} misses a translation of 0x{Address:x}, and the front-end gave no channel to ask for it", ring, miss.Address);
    }

    private Outcome ServeIotlb(Message m)
    {
        IotlbMessage message = m.As<IotlbMessage>();
        if (!_table.IsTranslated)
            return Outcome.Refused("IOTLB_MSG without VIRTIO_F_ACCESS_PLATFORM");
        switch (message.Type)
        {
            case IotlbType.Update:
                if ((message.Permissions & ~IotlbPermissions.ReadWrite) != 0
                    || !_table.Iotlbs.All(t => t.TryAdd(message.Iova, message.Size, message.UserAddress, (MemoryAccess)message.Permissions)))
                    return Outcome.Refused($"IOTLB update of 0x{message.Size:x} bytes at 0x{message.Iova:x} makes no sense");
                break;
            case IotlbType.Invalidate:
                // What is complete is published while the rings are where they were.
                foreach (Vring ring in _rings)
                    ring.PublishCompleted();
                ulong last = message.Iova + (message.Size - 1);
                // A size of 0, or one that goes around, comes from a front-end that means "and all the rest".
                foreach (Iotlb iotlb in _table.Iotlbs)
                    iotlb.Remove(message.Iova, message.Size == 0 || last < message.Iova ? ulong.MaxValue : last);
                break;
            default:
                return Outcome.Refused($"IOTLB message of type {message.Type}");
        }

        foreach (Vring ring in _rings)
            ring.TranslationsChanged(gained: message.Type == IotlbType.Update);
        return Outcome.Done;
    }

    // A front-end that stopped the last ring need not listen to its IOMMU any longer (QEMU does not), so what is known
    // here may be wrong by the time a ring starts again.
    private void ForgetTranslations()
    {
        if (_rings.Any(static r => r.HasQueue))
            return;
        foreach (Iotlb iotlb in _table.Iotlbs)
            iotlb.Clear();
    }

    // What was translated for the old features means nothing with the new ones.
    private void UseTranslation(ulong features)
    {
        bool wanted = (features & VirtioFeatures.AccessPlatform) != 0;
        if (wanted == _table.IsTranslated)
            return;
        _table.IsTranslated = wanted;
        UseMemory();
    }
}
