// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;

namespace VhostDevice.TestKit;

/// <summary>Front-ends that tests use often.</summary>
public static class TestOptions
{
    /// <summary>
    /// VHOST_DEVICE_TEST_LOOPS, or 1: what is tested with one loop has to hold with several, so the tests of the core run
    /// once more with these.
    /// </summary>
    public static int Loops { get; } =
        int.TryParse(
            Environment.GetEnvironmentVariable("VHOST_DEVICE_TEST_LOOPS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int count)
            ? count
            : 1;

    /// <summary>One queue, little memory.</summary>
    public static FrontEndDeviceOptions Small { get; } = new() { MemorySize = 1 << 20, QueueSizes = [16] };

    /// <summary>With packed queues.</summary>
    public static FrontEndDeviceOptions Packed(this FrontEndDeviceOptions options) =>
        options with { Features = options.Features | VirtioFeatures.RingPacked };

    /// <summary>With a record of requests in flight, which rings may leave there when they stop.</summary>
    public static FrontEndDeviceOptions Suspending(this FrontEndDeviceOptions options) =>
        options with { ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd | ProtocolFeatures.GetVringBaseInflight };

    public static FrontEndDeviceOptions Queues(int count) => Small with { QueueSizes = [.. Enumerable.Repeat((ushort)16, count)] };

    /// <summary>With what a front-end needs to migrate its guest, and rings on pages of their own.</summary>
    public static FrontEndDeviceOptions Migrating { get; } = Small with
    {
        ProtocolFeatures = Small.ProtocolFeatures | ProtocolFeatures.LogShmfd | ProtocolFeatures.DeviceState,
        RingAlignment = DirtyBitmap.PageSize,
    };
}
