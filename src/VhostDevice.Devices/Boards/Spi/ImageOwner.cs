// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>Two that write to one image destroy what is on it: a chip takes its own as disks do theirs.</summary>
internal static class ImageOwner
{
    /// <summary>Takes the lock of an image; null where the file system has none.</summary>
    /// <exception cref="Yaml.YamlFileException">Another program or part has it.</exception>
    internal static ImageLock? Take(PartRequest request, string key, string image, string path)
    {
        Errno errno = ImageLock.TryTake(path, writes: true, shares: false, out ImageLock? taken);
        return errno != Errno.EAGAIN ? taken : throw request.Map.Unreadable(
            key, $"{image} is in use by another program or part, and two that write to it would destroy what is on it: end the other one");
    }
}
