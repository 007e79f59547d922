// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.TestKit;

/// <summary>
/// Base of test classes: fails a test that leaves a descriptor, a mapping of a memory file or a thread behind. Such
/// tests must not run beside others, and make what they need within the test's own method.
/// </summary>
public abstract class LeakChecked : IDisposable
{
    private readonly ProcessResources _before = ProcessResources.Take();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        string left = ProcessResources.LeftSince(_before);
        if (left.Length > 0)
            throw new LeakException(left);
    }
}

/// <summary>Something was not given back.</summary>
public sealed class LeakException(string what) : Exception($"left behind: {what}");
