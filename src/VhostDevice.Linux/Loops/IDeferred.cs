// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux;

/// <summary>
/// Work that is put off until the current handler (or posted action, or round of polling) has returned, for example
/// publishing a batch once. It runs before the next handler, which may take away what the work needs.
/// </summary>
public interface IDeferred
{
    void RunDeferred();
}
