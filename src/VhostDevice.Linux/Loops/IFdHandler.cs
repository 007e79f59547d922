// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux;

/// <summary>Receives the readiness of a watched descriptor, on the loop's thread.</summary>
public interface IFdHandler
{
    void OnReady(Readiness readiness);
}
