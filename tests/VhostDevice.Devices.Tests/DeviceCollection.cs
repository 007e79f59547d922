// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Xunit;

namespace VhostDevice.Devices.Tests;

/// <summary>Tests of whole devices count the process's descriptors, mappings and threads, so they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DeviceCollection
{
    public const string Name = "devices behind a front-end";
}
