// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Memory;

namespace VhostDevice.Virtio.Queues;

/// <content>Requests with addresses in their payload, behind an IOMMU.</content>
public abstract partial class Virtqueue
{
    /// <summary>
    /// Puts the chain that was taken last back into the ring because an address that the driver wrote into it has no
    /// translation (<see cref="TranslationOutcome.Missing"/>). The translation is asked for; the device returns from its
    /// turn and gets the chain again when there are more translations, or at the next kick.
    /// </summary>
    /// <returns>As <see cref="PutBack(DescriptorChain)"/>.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="PutBack(DescriptorChain)"/>.</exception>
    public bool PutBack(DescriptorChain chain, IotlbMiss miss)
    {
        if (!PutBack(chain))
            return false;
        _owner.TranslationMissing(this, miss);
        return true;
    }
}
