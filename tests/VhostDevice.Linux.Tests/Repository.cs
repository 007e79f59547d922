// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

internal static class Repository
{
    /// <summary>The folder that holds the solution, found upwards from the test's executable.</summary>
    internal static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
        {
            if (File.Exists(Path.Combine(d.FullName, "vhost-device.slnx")))
                return d.FullName;
        }

        throw new InvalidOperationException("The tests run from a build inside the repository; vhost-device.slnx was not found above them.");
    }
}
