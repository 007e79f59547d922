// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Xunit;

namespace VhostDevice.VhostUser.Tests.BackEnd;

/// <summary>Tests of whole sessions count the process's descriptors, mappings and threads, so they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BackEndCollection
{
    public const string Name = "back-end sessions";
}
