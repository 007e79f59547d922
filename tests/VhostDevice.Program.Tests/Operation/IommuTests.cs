// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

namespace VhostDevice.Program.Tests.Operation;

/// <summary>--iommu offers VIRTIO_F_ACCESS_PLATFORM, and nothing else does.</summary>
public sealed class IommuTests
{
    [Theory]
    [InlineData(VirtioFeatures.AccessPlatform, "--iommu")]
    [InlineData(0)]
    public void It_is_offered_on_request_only(ulong expected, params string[] options)
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 1, options);
        using (FrontEndConnection connection = FrontEndConnection.Connect(daemon.Socket(0)))
            Assert.Equal(expected, connection.GetFeatures() & VirtioFeatures.AccessPlatform);
        daemon.Stop();
    }
}
