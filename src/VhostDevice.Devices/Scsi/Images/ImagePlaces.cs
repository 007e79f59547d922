// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>
/// Where the images of a command line are: those that do not say are the units 0, 1, 2 and so on of target 0, in their
/// order, as with vhost-device-scsi of rust-vmm.
/// </summary>
public sealed class ImagePlaces
{
    private int _plain;

    /// <summary>The place of the next image.</summary>
    public (byte Target, ushort Lun) Next(ImageText image) =>
        image.HasPlace ? (image.Target ?? 0, image.Lun ?? 0) : ((byte)0, (ushort)_plain++);
}
